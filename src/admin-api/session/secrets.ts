import { createHash } from 'node:crypto';
import { randomBase62 } from '../../lib/ids.ts';
import type { SessionHashes } from '../ports/console-sessions.ts';

/** The two halves of a session, each of 256 random bits. */
export interface SessionSecrets {
  /** What the cookie holds: no script can read it, but the browser sends it from any page of the same host. */
  readonly cookie: string;
  /**
   * What the console's page sends in a header of its own. It is kept where only pages of the console's origin can read
   * it, so that a page on another port of the host, which shares its cookies, can neither use a session nor plant one.
   */
  readonly pageKey: string;
}

const secretLength = 43;
const secretPattern = /^[0-9A-Za-z]{43}$/;

export function drawSecrets(): SessionSecrets {
  return { cookie: randomBase62(secretLength), pageKey: randomBase62(secretLength) };
}

export function hashesOf({ cookie, pageKey }: SessionSecrets): SessionHashes {
  return { cookie: hashSecret(cookie), pageKey: hashSecret(pageKey) };
}

/** SHA-256 in base64url. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Says whether `text` can be half of a session at all; nothing else costs a query. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text);
}
