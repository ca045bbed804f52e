import type { GatewayConfig } from '../../config/compiled.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CommandIo } from '../command.ts';
import { withOwnStore } from '../own-store.ts';
import { findStoredUser } from '../stored-user.ts';
import { scopeFault, unknownUser, wrong, type Asker } from './asker.ts';
import { storedToken } from './stored-token.ts';
import { nobodyIsAssumed, whoAssumes } from './who-assumes.ts';
import { readList, type Input } from '../terminal/options.ts';
import { readAskedToken } from '../asked-token.ts';
import { hypotheticalUser, noToken, tokenOfUser } from '../../explanation/hypothetical.ts';

/**
 * As whom the request is decided: nobody, a user who does not exist (--scopes), a real one (--as), one whom somebody else
 * assumes (--assume), a token (--token -).
 */
export async function whoAsks(input: Input, config: GatewayConfig, io: CommandIo): Promise<Asker> {
  if (input.values['assume'] !== undefined) return whoAssumes(input, config, io.clock);
  if (input.switches.has('assumed')) return nobodyIsAssumed(input, config, io.clock);
  if (input.switches.has('read-only')) {
    return wrong('--read-only says something of an assume-user token; give --assume too');
  }
  return whoAsksAsSuch(input, config, io);
}

async function whoAsksAsSuch({ values }: Input, config: GatewayConfig, io: CommandIo): Promise<Asker> {
  if (values['token'] !== undefined) return tokenAsks(values, config, io);
  const { as, kind = 'human', org = 'hypothetical' } = values;
  if (kind !== 'human' && kind !== 'service') return wrong(`--kind is human or service, not "${kind}"`);
  const scopes = values['scopes'] === undefined ? undefined : readList(values['scopes']);
  const fault = scopes && scopeFault(scopes, config);
  if (fault !== undefined) return wrong(fault);
  if (as !== undefined) {
    if (values['kind'] !== undefined || values['org'] !== undefined)
      return wrong('--as names a real user, who has a kind and an organisation');
    return userAsks(as, scopes, config, io.clock);
  }
  if (scopes !== undefined) return { kind: 'asker', authenticate: hypotheticalUser(scopes, kind, org) };
  if (values['kind'] === undefined && values['org'] === undefined) return { kind: 'asker', authenticate: noToken };
  return wrong('--kind and --org describe the user of --scopes; give --scopes too');
}

async function userAsks(
  reference: string,
  scopes: readonly string[] | undefined,
  config: GatewayConfig,
  clock: Clock,
): Promise<Asker> {
  const owner = await withOwnStore(config, clock, (store) => findStoredUser(store, reference));
  if (owner === undefined) return unknownUser(reference);
  return { kind: 'asker', authenticate: tokenOfUser({ owner, scopes }, config.roleScopes, clock.now()) };
}

async function tokenAsks(values: Input['values'], config: GatewayConfig, io: CommandIo): Promise<Asker> {
  const other = ['as', 'scopes', 'kind', 'org'].find((name) => values[name] !== undefined);
  if (other !== undefined) return wrong(`--token - brings its own user and scopes; leave --${other} out`);
  const token = await readAskedToken(values['token'], io);
  if (token.kind === 'wrong') return token;
  return { kind: 'asker', authenticate: await storedToken(token.text, config, io.clock), token: token.text };
}
