import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSecretKey, type SecretKey } from '../../src/core/secret-key.ts';

function keyOf(text: string): SecretKey {
  const outcome = parseSecretKey(text);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.key;
}

describe('the secret key', () => {
  it('gives every node the same keys, and another for each purpose', () => {
    const text = randomBytes(32).toString('base64');
    const [one, other] = [keyOf(text), keyOf(text)];
    expect(one.deriveKey('redis')).toEqual(other.deriveKey('redis'));
    expect(one.deriveKey('redis')).toHaveLength(32);
    expect(one.deriveKey('redis')).not.toEqual(one.deriveKey('bus'));
    expect(keyOf(`${text}.`).deriveKey('redis')).not.toEqual(one.deriveKey('redis'));
  });

  it('derives by HKDF-SHA-256, so that nodes of different versions agree', () => {
    const key = keyOf('0123456789abcdef0123456789abcdef');
    expect(key.deriveKey('redis').toString('hex')).toMatchInlineSnapshot(
      `"9c586d675ddd48cc04f024de8de4f91fa9eab3c21f4b253dc890ed404322cf00"`,
    );
    expect(key.deriveKey('bus').toString('hex')).toMatchInlineSnapshot(
      `"7334138c2f581322d37fe5c71dd8b5e8708ae14af5656610598e21ef6f2fa3ec"`,
    );
  });

  it('counts bytes and not characters', () => {
    expect(parseSecretKey('äöüßéèêñçøåæœþðłżź')).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['', 'has 0 bytes, and at least 32 are needed'],
    ['changeme', 'has 8 bytes, and at least 32 are needed'],
    ['x'.repeat(64), 'has fewer than 8 different characters, so it can be guessed'],
  ])('does not take %j', (text, reason) => {
    expect(parseSecretKey(text)).toEqual({ kind: 'refused', reason });
  });
});
