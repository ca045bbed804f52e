import type { GatewayConfig } from '../config/compiled.ts';
import type { StoreLocation } from '../db/store.ts';

/** Where the store of a configuration is. */
export function storeLocation({ store }: GatewayConfig): StoreLocation {
  return store.postgres === undefined ? { dataDir: store.dataDir } : { url: store.postgres };
}
