import type { GatewayConfig } from '../config/compiled.ts';
import { recordProblem } from '../core/bearer.ts';
import { principalOf } from '../core/principal.ts';
import { builtInProject, isBuiltInScope } from '../core/scope.ts';
import type { TokenRecord, UserKind, UserRecord } from '../core/token-record.ts';
import { scopesOfUser, type RoleScopes } from '../core/user-scopes.ts';
import type { Authenticate } from '../gateway/authenticate.ts';
import { hypotheticalToken, nobodyInParticular, unboundPolicy } from './hypothetical.ts';

/** Somebody who is assumed by somebody else, under an assume-user token that does not exist. */
export interface HypotheticalAssumption {
  readonly actor: UserRecord;
  readonly subject: UserRecord;
  /** Of the assume-user token; undefined: all that the subject's roles give today. */
  readonly scopes: readonly string[] | undefined;
  readonly readOnly: boolean;
}

/** A request under an assumed session, with everybody as they are today and whoever issued it in the best of standings. */
export function assumedUser(
  asked: HypotheticalAssumption,
  { roleScopes, tokenPolicy }: Pick<GatewayConfig, 'roleScopes' | 'tokenPolicy'>,
  nowMs: number,
): Authenticate {
  const policy = { ...unboundPolicy, sessionMaxMs: tokenPolicy.sessionMaxMs };
  const record = sessionRecord(asked, roleScopes, nowMs);
  const found = { kind: 'found', record, source: 'postgres' } as const;
  const problem = recordProblem(record, nowMs, policy);
  if (problem !== undefined) return () => ({ kind: 'refused', problem, record, found });
  const principal = principalOf(record, roleScopes, policy);
  return () => ({ kind: 'authenticated', principal, record, source: 'postgres', found });
}

/** A user who does not exist, assumed by somebody who does not either, under exactly these scopes. */
export function assumedNobody(
  asked: { readonly scopes: readonly string[]; readonly kind: UserKind; readonly organization: string },
  readOnly: boolean,
  { tokenPolicy }: Pick<GatewayConfig, 'tokenPolicy'>,
  nowMs: number,
): Authenticate {
  const policy = { ...unboundPolicy, sessionMaxMs: tokenPolicy.sessionMaxMs };
  const subject = nobodyInParticular(asked.kind, asked.organization);
  const actor = { ...nobodyInParticular('human', 'helpers'), id: 'usr_helper', username: 'helper' };
  const record = sessionRecord({ actor, subject, scopes: asked.scopes, readOnly }, new Map(), nowMs);
  const principal = { ...principalOf(record, new Map(), policy), scopes: new Set(asked.scopes) };
  return () => ({ kind: 'authenticated', principal, record, source: 'memory' });
}

function sessionRecord(
  { actor, subject, scopes, readOnly }: HypotheticalAssumption,
  roleScopes: RoleScopes,
  nowMs: number,
): TokenRecord {
  const lent = scopes ?? [...scopesOfUser(subject, roleScopes)].filter((scope) => !isBuiltInScope(scope));
  const roles = [...subject.roles, `${builtInProject}/org-admin`];
  return {
    ...hypotheticalToken(subject, lent),
    id: 'ase_hypothetical',
    kind: 'ses',
    issuedAt: nowMs,
    assumption: {
      grantId: 'asm_hypothetical',
      grantDeleted: false,
      grantExpiresAt: null,
      readOnly,
      allowedActors: [actor.id],
      issuer: { ...subject, id: 'usr_issuer', status: 'active', roles },
      redeemer: hypotheticalToken(actor, ['wayleave:assume']),
      idleUntil: null,
      ended: null,
    },
  };
}
