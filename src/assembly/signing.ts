import type { GatewayConfig } from '../config/compiled.ts';
import type { SecretKey } from '../core/secret-key.ts';
import { otherSecretKey } from '../db/secret-key.ts';
import { StoreSetupError } from '../db/setup-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import { SigningKeys } from '../oauth/signing-keys.ts';
import type { Stores } from './stores.ts';

export interface SigningOptions {
  readonly stores: Pick<Stores, 'keys' | 'invalidations'>;
  readonly secretKey: SecretKey;
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Signing {
  readonly keys: SigningKeys;
  close(): Promise<void>;
}

/**
 * Finds or makes the signing keys of the store, and follows them.
 * @throws StoreSetupError when the store was first used with another secret key; StoreUnavailable
 */
export async function openSigning(options: SigningOptions): Promise<Signing> {
  const { stores, secretKey, config, clock, logger } = options;
  const { algorithm } = config.assertion;
  if ((await stores.keys.open(algorithm)) === 'other_secret_key') throw new StoreSetupError(otherSecretKey);
  const keys = new SigningKeys({
    store: stores.keys,
    secretKey,
    clock,
    onRead: readReporter(logger),
    onUnreadable: (id) =>
      logger.error({ key: id }, 'a signing key in the store is not what this program sealed; it is left out'),
  });
  const unsubscribe = stores.invalidations.subscribe(
    (ids) => {
      if (ids.some((id) => id.startsWith('key_'))) keys.refresh();
    },
    () => keys.refresh(),
  );
  await keys.start();
  const signing = keys.signing();
  if (signing.algorithm !== algorithm) {
    const advice =
      'the signing key is of another algorithm than identity.assertion.algorithm; wayleave key rotate makes one of it';
    logger.warn({ key: signing.id, algorithm: signing.algorithm, wanted: algorithm }, advice);
  }
  return {
    keys,
    close: async () => {
      unsubscribe();
      await keys.close();
    },
  };
}

/** Logs when reading begins to fail and when it goes on. */
function readReporter(logger: Logger): (failure: unknown) => void {
  let isFailing = false;
  return (failure) => {
    if (isFailing === (failure !== undefined)) return;
    isFailing = failure !== undefined;
    if (isFailing) logger.error({ err: failure }, 'the signing keys cannot be read; those that are known go on');
    else logger.info('the signing keys are read again');
  };
}
