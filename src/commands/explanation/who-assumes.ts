import type { GatewayConfig } from '../../config/compiled.ts';
import { nobodyInParticular } from '../../explanation/hypothetical.ts';
import { assumedNobody, assumedUser } from '../../explanation/hypothetical-session.ts';
import type { Clock } from '../../lib/clock.ts';
import { withOwnStore } from '../own-store.ts';
import { findStoredUser } from '../stored-user.ts';
import { readList, type Input } from '../terminal/options.ts';
import { scopeFault, unknownUser, wrong, type Asker } from './asker.ts';

/** Somebody (--as, or nobody in particular) who assumes a user of the store (--assume). */
export async function whoAssumes({ values, switches }: Input, config: GatewayConfig, clock: Clock): Promise<Asker> {
  const { assume = '', as, token } = values;
  if (token !== undefined) return wrong('a session that --token - sends assumes somebody already; leave --assume out');
  const other = ['kind', 'org'].find((name) => values[name] !== undefined);
  if (other !== undefined) return wrong(`--assume names a real user; leave --${other} out`);
  const scopes = values['scopes'] === undefined ? undefined : readList(values['scopes']);
  const fault = scopes && scopeFault(scopes, config);
  if (fault !== undefined) return wrong(fault);
  const [subject, actor] = await withOwnStore(config, clock, async (store) => [
    await findStoredUser(store, assume),
    as === undefined ? nobodyInParticular('human', 'hypothetical') : await findStoredUser(store, as),
  ]);
  if (subject === undefined) return unknownUser(assume);
  if (actor === undefined) return unknownUser(as ?? '');
  const readOnly = switches.has('read-only');
  return { kind: 'asker', authenticate: assumedUser({ subject, actor, scopes, readOnly }, config, clock.now()) };
}

/** Somebody who assumes the user of --scopes, who does not exist. */
export function nobodyIsAssumed({ values, switches }: Input, config: GatewayConfig, clock: Clock): Asker {
  const { scopes: text, kind = 'human', org = 'hypothetical', as } = values;
  if (text === undefined || as !== undefined)
    return wrong('who is assumed without a name has scopes; give them, without as');
  if (kind !== 'human' && kind !== 'service') return wrong(`the kind is human or service, not "${kind}"`);
  const scopes = readList(text);
  const fault = scopeFault(scopes, config);
  if (fault !== undefined) return wrong(fault);
  const asked = { scopes, kind, organization: org } as const;
  return { kind: 'asker', authenticate: assumedNobody(asked, switches.has('read-only'), config, clock.now()) };
}
