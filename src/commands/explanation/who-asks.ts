import type { GatewayConfig } from '../../config/compiled.ts';
import { builtInScopes } from '../../core/scope.ts';
import type { UserKind } from '../../core/token-record.ts';
import type { Authenticate } from '../../gateway/authenticate.ts';
import type { Clock } from '../../lib/clock.ts';
import { nearest } from '../../lib/nearest.ts';
import type { CommandIo } from '../command.ts';
import { withOwnStore } from '../own-store.ts';
import { findStoredUser } from '../stored-user.ts';
import { storedToken } from './stored-token.ts';
import { readList, type Input } from '../terminal/options.ts';
import { readAskedToken } from '../asked-token.ts';
import { hypotheticalUser, nobodyInParticular, noToken, tokenOfUser } from '../../explanation/hypothetical.ts';
import { assumedUser } from '../../explanation/hypothetical-session.ts';

export type Asker =
  | { readonly kind: 'asker'; readonly authenticate: Authenticate; readonly token?: string }
  | { readonly kind: 'wrong'; readonly message: string };

/**
 * As whom the request is decided: nobody, a user who does not exist (--scopes), a real one (--as), one whom somebody else
 * assumes (--assume), a token (--token -).
 */
export async function whoAsks({ values, switches }: Input, config: GatewayConfig, io: CommandIo): Promise<Asker> {
  if (values['token'] !== undefined) return tokenAsks(values, config, io);
  const { as, kind = 'human', org = 'hypothetical' } = values;
  if (kind !== 'human' && kind !== 'service') return wrong(`--kind is human or service, not "${kind}"`);
  const scopes = values['scopes'] === undefined ? undefined : readList(values['scopes']);
  const fault = scopes && scopeFault(scopes, config);
  if (fault !== undefined) return wrong(fault);
  if (values['assume'] !== undefined) {
    const readOnly = switches.has('read-only');
    return assumes(
      { subject: values['assume'], actor: as, kind, organization: org, scopes, readOnly },
      config,
      io.clock,
    );
  }
  if (switches.has('read-only')) return wrong('--read-only says something of an assume-user token; give --assume too');
  if (as !== undefined) {
    if (values['kind'] !== undefined || values['org'] !== undefined)
      return wrong('--as names a real user, who has a kind and an organisation');
    return userAsks(as, scopes, config, io.clock);
  }
  if (scopes !== undefined) return { kind: 'asker', authenticate: hypotheticalUser(scopes, kind, org) };
  if (values['kind'] === undefined && values['org'] === undefined) return { kind: 'asker', authenticate: noToken };
  return wrong('--kind and --org describe the user of --scopes; give --scopes too');
}

interface Assumed {
  readonly subject: string;
  /** undefined: nobody in particular. */
  readonly actor: string | undefined;
  readonly kind: UserKind;
  readonly organization: string;
  readonly scopes: readonly string[] | undefined;
  readonly readOnly: boolean;
}

async function assumes(
  { subject: reference, actor: by, kind, organization, scopes, readOnly }: Assumed,
  config: GatewayConfig,
  clock: Clock,
): Promise<Asker> {
  const [subject, actor] = await withOwnStore(config, clock, async (store) => [
    await findStoredUser(store, reference),
    by === undefined ? nobodyInParticular(kind, organization) : await findStoredUser(store, by),
  ]);
  if (subject === undefined) return unknownUser(reference);
  if (actor === undefined) return unknownUser(by ?? '');
  const authenticate = assumedUser({ subject, actor, scopes, readOnly }, config, clock.now());
  return { kind: 'asker', authenticate };
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
  const other = ['as', 'assume', 'scopes', 'kind', 'org'].find((name) => values[name] !== undefined);
  if (other !== undefined) return wrong(`--token - brings its own user and scopes; leave --${other} out`);
  const token = await readAskedToken(values['token'], io);
  if (token.kind === 'wrong') return token;
  return { kind: 'asker', authenticate: await storedToken(token.text, config, io.clock), token: token.text };
}

/** A scope that does not exist would be denied for another reason than the one that was asked about. */
function scopeFault(scopes: readonly string[], config: GatewayConfig): string | undefined {
  const known = [...config.scopes.keys(), ...Object.keys(builtInScopes)];
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown === undefined) return undefined;
  const near = nearest(unknown, known);
  return `the scope "${unknown}" is not in the catalogue of ${config.file}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function unknownUser(reference: string): Asker {
  return wrong(`the store has no user "${reference}"; write an id (usr_...) or username@org-slug`);
}

function wrong(message: string): Asker {
  return { kind: 'wrong', message };
}
