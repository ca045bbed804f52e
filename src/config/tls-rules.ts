import { createSecureContext } from 'node:tls';
import type { Listen } from './compiled.ts';
import { valueError, type Finding } from './config-problem.ts';

/** The files of each `tls:` are there, are PEM and belong together. */
export function checkTls(
  listeners: readonly [key: string, listener: Listen][],
  readFile: (path: string) => string,
): Finding[] {
  return listeners.flatMap(([key, { tls }]) => {
    if (tls === undefined) return [];
    const path = ['listen', key, 'tls'];
    const found: Finding[] = [];
    const read = (name: 'cert' | 'key') => {
      const outcome = readPem(
        tls[name],
        readFile,
        name === 'cert' ? /-----BEGIN CERTIFICATE-----/ : /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
      );
      if ('fault' in outcome) found.push(valueError([...path, name], 'tls-file', outcome.fault));
      return 'text' in outcome ? outcome.text : undefined;
    };
    const [cert, privateKey] = [read('cert'), read('key')];
    const fault = cert !== undefined && privateKey !== undefined ? pairFault(cert, privateKey) : undefined;
    if (fault !== undefined) found.push(valueError([...path, 'key'], 'tls-file', fault));
    return found;
  });
}

function readPem(
  path: string,
  readFile: (path: string) => string,
  holds: RegExp,
): { text: string } | { fault: string } {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { fault: code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})` };
  }
  if (holds.test(text)) return { text };
  const what = holds.test('-----BEGIN CERTIFICATE-----') ? 'certificate' : 'private key';
  return { fault: `${path} holds no ${what} in PEM form` };
}

function pairFault(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return /mismatch/i.test(reason)
      ? 'the private key does not belong to the certificate'
      : `the certificate and its key cannot be used: ${reason}`;
  }
}
