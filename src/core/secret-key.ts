import { hkdfSync } from 'node:crypto';

/** What keys are for. Each purpose has a key of its own, so that none of them tells anything about another. */
export type KeyPurpose = 'redis' | 'bus' | 'audit' | 'signing-keys' | 'check';

/** The deployment's one secret, from which every other key comes. It is never used itself, stored or logged. */
export interface SecretKey {
  /** 32 bytes, the same on every node that has this secret (HKDF-SHA-256, RFC 5869). */
  deriveKey(purpose: KeyPurpose): Buffer;
}

export type SecretKeyOutcome =
  | { readonly kind: 'ok'; readonly key: SecretKey }
  /** `reason` goes on a sentence that begins with where the text came from, and never quotes it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** How a person makes one, for messages. */
export const makeSecretKeyWith = 'openssl rand -base64 32';

const secretBytesMin = 32;
const derivedBytes = 32;
/** Fewer would be a placeholder such as a letter repeated; 32 random characters have about 20. */
const distinctMin = 8;

/** Reads the text of a secret key: anything of at least 32 bytes that somebody has not typed in haste. */
export function parseSecretKey(text: string): SecretKeyOutcome {
  const secret = Buffer.from(text);
  if (secret.length < secretBytesMin) {
    return { kind: 'refused', reason: `has ${secret.length} bytes, and at least ${secretBytesMin} are needed` };
  }
  if (new Set(text).size < distinctMin) {
    return { kind: 'refused', reason: `has fewer than ${distinctMin} different characters, so it can be guessed` };
  }
  const deriveKey = (purpose: KeyPurpose): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `wayleave ${purpose}`, derivedBytes));
  return { kind: 'ok', key: { deriveKey } };
}
