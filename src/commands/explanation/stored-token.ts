import type { GatewayConfig } from '../../config/compiled.ts';
import { parseToken } from '../../core/token.ts';
import { bearerAuthentication, type Authenticate } from '../../gateway/authenticate.ts';
import type { Clock } from '../../lib/clock.ts';
import { withOwnStore } from '../own-store.ts';

/** Judges a token as the gateway does, by what the store of a configuration knows of it now. */
export async function storedToken(text: string, config: GatewayConfig, clock: Clock): Promise<Authenticate> {
  const { prefix, acceptPrefixes } = config.tokens;
  const prefixes = [prefix, ...acceptPrefixes];
  const parsed = parseToken(text, prefixes);
  // What is no token at all costs no look at the store, here as there.
  const record = parsed && (await withOwnStore(config, clock, (store) => store.findToken(parsed.hash)));
  return bearerAuthentication({
    lookup: { find: () => (record === undefined ? { kind: 'absent' } : { kind: 'found', record, source: 'postgres' }) },
    clock,
    prefixes,
    roleScopes: config.roleScopes,
    policy: config.tokenPolicy,
  });
}
