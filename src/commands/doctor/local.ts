import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { parseSecretKey } from '../../core/secret-key.ts';
import { relativeTime } from '../terminal/text.ts';
import type { Check, CheckResult } from './check.ts';

const oldestNode = [20, 19] as const;

/** The runtime that this program was started with. */
export function checkRuntime(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const about = 'node';
  if (isNew) return { state: 'ok', about, text: version };
  return {
    state: 'failed',
    about,
    text: `${version} is too old`,
    fix: `install Node ${oldestNode.join('.')} or newer`,
  };
}

/** The secret from which every key comes. It is looked at, and never shown. */
export const checkSecretKey: Check = async ({ store }, { environment: { secretKey } }) => {
  const about = 'secret key';
  const fix = 'set WAYLEAVE_SECRET_KEY, the same on every node: openssl rand -base64 32';
  if (secretKey !== undefined) {
    const read = parseSecretKey(secretKey);
    if (read.kind === 'ok') return [{ state: 'ok', about, text: 'WAYLEAVE_SECRET_KEY is set' }];
    return [{ state: 'failed', about, text: `WAYLEAVE_SECRET_KEY ${read.reason}`, fix }];
  }
  if (store.postgres !== undefined) return [{ state: 'failed', about, text: 'Postgres needs one', fix }];
  return [{ state: 'ok', about, text: 'the embedded store keeps its own in data_dir' }];
};

/** Whether others on this machine can read what the embedded store holds. */
export const checkDataDirectory: Check = async ({ store }) => {
  if (store.postgres !== undefined) return [];
  const about = 'data_dir';
  const found = statSync(store.dataDir, { throwIfNoEntry: false });
  if (found === undefined) return [{ state: 'note', about, text: `${store.dataDir} is made at the first start` }];
  if (!found.isDirectory()) {
    return [
      { state: 'failed', about, text: `${store.dataDir} is no directory`, fix: 'name another as store.data_dir' },
    ];
  }
  if ((found.mode & 0o077) === 0) return [{ state: 'ok', about, text: store.dataDir }];
  const text = `others on this machine may look into ${store.dataDir}`;
  return [{ state: 'warning', about, text, fix: `chmod 700 ${store.dataDir}` }];
};

const dayMs = 86_400_000;
const soonMs = 21 * dayMs;

/** When the certificates of listeners end. That they can be used is `validate`'s to say. */
export const checkCertificates: Check = async ({ listen }, { clock }) => {
  return Object.entries(listen).flatMap(([key, at]): CheckResult[] => {
    if (at?.tls === undefined) return [];
    const endsAtMs = Date.parse(new X509Certificate(readFileSync(at.tls.cert)).validTo);
    const left = endsAtMs - clock.now();
    const text = `the certificate of listen.${key} ${left <= 0 ? 'ended' : 'ends'} ${relativeTime(endsAtMs, clock.now())}`;
    const about = 'tls';
    if (left > soonMs) return [{ state: 'ok', about, text }];
    return [{ state: left <= 0 ? 'failed' : 'warning', about, text, fix: `put a new one into ${at.tls.cert}` }];
  });
};
