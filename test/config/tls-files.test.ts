import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { localhostCertificate } from '../support/certificate.ts';
import { tempDir } from '../support/temp-dir.ts';
import { small } from './parse.ts';

const folder = await tempDir('tls');
const file = join(folder, 'gateway.yaml');

/** What is wrong with a listener whose certificate and key hold this. */
function faults(cert: string, key: string): string[] {
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(
    file,
    `${small()}listen:\n  proxy: { address: '127.0.0.1:8443', tls: { cert: cert.pem, key: key.pem } }\n`,
  );
  const outcome = loadConfig(file, readEnvironment({}));
  return outcome.kind === 'ok' ? [] : outcome.problems.map(({ path, message }) => `${path}: ${message}`);
}

test('a certificate and its key are taken, from beside the file', () => {
  expect(faults(localhostCertificate.cert, localhostCertificate.key)).toEqual([]);
});

test('a key that belongs to another certificate is refused before anything listens', () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  expect(faults(localhostCertificate.cert, privateKey)).toEqual([
    'listen.proxy.tls.key: the private key does not belong to the certificate',
  ]);
});

test('files that were mixed up, or are no PEM, are named', () => {
  expect(faults(localhostCertificate.key, localhostCertificate.cert)).toEqual([
    `listen.proxy.tls.cert: ${join(folder, 'cert.pem')} holds no certificate in PEM form`,
    `listen.proxy.tls.key: ${join(folder, 'key.pem')} holds no private key in PEM form`,
  ]);
  const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
  expect(faults(broken, localhostCertificate.key)).toEqual([
    expect.stringMatching(/^listen\.proxy\.tls\.key: the certificate and its key cannot be used: /),
  ]);
});
