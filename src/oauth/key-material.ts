import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  timingSafeEqual,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { SecretKey } from '../core/secret-key.ts';
import type { SigningAlgorithm } from '../core/signing-key.ts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** A private key with what belongs to it: sealed, it opens with that alone. */
export interface KeyName {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
}

/** Makes a private key and seals it in the same breath. */
export function makeSealedKey(name: KeyName, secret: SecretKey): string {
  return seal(generate(name.algorithm).export({ format: 'der', type: 'pkcs8' }), name, secret);
}

function generate(algorithm: SigningAlgorithm): KeyObject {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey;
  }
}

function seal(privateKey: Buffer, name: KeyName, secret: SecretKey): string {
  const nonce = randomBytes(nonceBytes);
  const box = createCipheriv(cipher, secret.deriveKey('signing-keys'), nonce, { authTagLength: tagBytes });
  box.setAAD(nameBytes(name));
  const body = Buffer.concat([box.update(privateKey), box.final()]);
  return Buffer.concat([nonce, box.getAuthTag(), body]).toString('base64url');
}

/** Opens what `makeSealedKey` made for this key. @throws when it is not that, or another secret key sealed it */
export function openSealedKey(sealed: string, name: KeyName, secret: SecretKey): KeyObject {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, nonceBytes);
  const box = createDecipheriv(cipher, secret.deriveKey('signing-keys'), nonce, { authTagLength: tagBytes });
  box.setAAD(nameBytes(name));
  box.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const key = Buffer.concat([box.update(bytes.subarray(nonceBytes + tagBytes)), box.final()]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function nameBytes({ id, algorithm }: KeyName): Buffer {
  return Buffer.from(`${id} ${algorithm}`);
}

/** The public half as verifiers read it (RFC 7517). */
export function publicJwk(privateKey: KeyObject, { id, algorithm }: KeyName): JsonWebKey {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: id, alg: algorithm, use: 'sig' };
}

/**
 * Signs a text for a JWS (RFC 7515), in base64url. At once: Node's own signing takes 29 us of CPU for ES256 and 41 us for
 * EdDSA where it was measured, and going through WebCrypto and its thread pool 119 us.
 */
export function signText(text: string, privateKey: KeyObject, algorithm: SigningAlgorithm): string {
  const bytes = Buffer.from(text);
  switch (algorithm) {
    case 'ES256':
      return sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    case 'EdDSA':
      return sign(null, bytes, privateKey).toString('base64url');
  }
}

/** What a secret key is known by without being told. */
export function checkValueOf(secret: SecretKey): string {
  return createHmac('sha256', secret.deriveKey('check')).update('wayleave secret key').digest('base64url');
}

/** Whether a check value is that of this secret key. */
export function isCheckValueOf(value: string, secret: SecretKey): boolean {
  const [given, own] = [Buffer.from(value), Buffer.from(checkValueOf(secret))];
  return given.length === own.length && timingSafeEqual(given, own);
}
