import { parseSecretKey, type SecretKey } from '../../src/core/secret-key.ts';

/** A secret key of the tests. */
export function secretKeyFixture(text = 'a secret key of the tests alone, and long enough'): SecretKey {
  const outcome = parseSecretKey(text);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.key;
}
