import type { RouteHandler, z } from '@hono/zod-openapi';
import type { AssumeToken } from '../../core/assume.ts';
import type { Organization } from '../../core/directory.ts';
import { hashToken, lastFour, mintToken } from '../../core/token.ts';
import { maskTokens } from '../../core/token-mask.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse, type Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import type { NewAssumeToken } from '../ports/assume.ts';
import { withReceipt } from '../receipt.ts';
import { readUserRecord } from '../read-user.ts';
import { unknownScopeProblem } from '../tokens/scope-rules.ts';
import { grantEnd, grantScopes, subjectProblem } from './issue-rules.ts';
import { presentAssumeToken, type newAssumeToken } from './schema.ts';
import {
  createAssumeTokenCall,
  deleteAssumeTokenCall,
  expireAssumeTokenCall,
  listAssumeTokensCall,
} from './token-calls.ts';

export function addAssumeTokenCalls(app: AdminApp): void {
  app.openapi(createAssumeTokenCall, create);
  app.openapi(listAssumeTokensCall, list);
  app.openapi(expireAssumeTokenCall, endWith('expire'));
  app.openapi(deleteAssumeTokenCall, endWith('remove'));
}

const create: RouteHandler<typeof createAssumeTokenCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const input = c.req.valid('json');
  if (organization.id !== caller.subject.organization.id) return refuse(c, notOneself(organization));
  const subject = await findSubject(input.subject_user_id, caller, deps);
  if (subject === undefined) return refuse(c, notFound('user', input.subject_user_id ?? ''));
  const grant = judge(input, subject, caller, deps);
  if (grant.kind === 'refused') return refuse(c, grant.problem);
  const secret = mintToken(deps.currentConfig().tokens.prefix, 'asu');
  const made = await deps.stores.assumeTokens.create({
    ...grant.terms,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
  });
  if (made === undefined) return refuse(c, notFound('user', subject.id));
  return c.json({ assume_token: presentAssumeToken(made), secret }, 201);
};

function notOneself({ slug }: Organization): Refusal<'grant_denied'> {
  const detail =
    `Who may act as a user of "${slug}" is for that organisation alone to say: ` +
    'an assume-user token is issued by a member of it, never by an admin of the platform for it.';
  return { code: 'grant_denied', detail };
}

/** A user of the caller's own organisation. */
async function findSubject(
  id: string | undefined,
  { subject }: Caller,
  deps: AdminDeps,
): Promise<UserRecord | undefined> {
  if (id === undefined || id === subject.id) return subject;
  const found = await readUserRecord(deps.stores, id);
  return found?.organization.id === subject.organization.id ? found : undefined;
}

type Judged =
  | { readonly kind: 'granted'; readonly terms: Omit<NewAssumeToken, 'hash' | 'lastFour'> }
  | {
      readonly kind: 'refused';
      readonly problem: Refusal<
        'insufficient_scope' | 'validation_failed' | 'unknown_scope' | 'grant_denied' | 'conflict'
      >;
    };

function judge(
  input: z.output<typeof newAssumeToken>,
  subject: UserRecord,
  caller: Caller,
  { clock, currentConfig }: Pick<AdminDeps, 'clock' | 'currentConfig'>,
): Judged {
  const { assume, roleScopes, scopes: catalogue } = currentConfig();
  const { reason = '', validity } = input;
  const problem =
    unknownScopeProblem(input.scopes ?? [], catalogue) ??
    subjectProblem(subject, roleScopes) ??
    (reason === '' && assume.requireReason ? reasonMissing : undefined);
  if (problem !== undefined) return { kind: 'refused', problem };
  const scopes = grantScopes(input.scopes, subject, caller, roleScopes);
  if (scopes.kind === 'refused') return scopes;
  const end = grantEnd(validity, assume, clock.now(), caller.expiresAt);
  if (end.kind === 'refused') return end;
  const terms = {
    organizationId: subject.organization.id,
    issuerId: caller.subject.id,
    subjectId: subject.id,
    scopes: scopes.scopes,
    allowedActors: input.allowed_actors === undefined ? null : [...new Set(input.allowed_actors)],
    readOnly: input.read_only ?? false,
    // Shown in lists and written into the audit log, where no token belongs.
    reason: maskTokens(reason),
    validity,
    expiresAt: end.expiresAt,
  };
  return { kind: 'granted', terms };
}

const reasonMissing = invalidField(
  '/reason',
  'is missing: say why somebody is to act as a user (assume.require_reason)',
);

const list: RouteHandler<typeof listAssumeTokensCall, AdminEnv> = async (c) => {
  const { deps, organization } = c.var;
  const { state, ...page } = c.req.valid('query');
  const found = await deps.stores.assumeTokens.list(organization.id, state, pageRequest(page));
  return c.json(presentPage(found, presentAssumeToken), 200);
};

function endWith(
  how: 'expire' | 'remove',
): RouteHandler<typeof expireAssumeTokenCall | typeof deleteAssumeTokenCall, AdminEnv> {
  return async (c) => {
    const { caller, deps, organization } = c.var;
    const { id } = c.req.valid('param');
    const { assumeTokens } = deps.stores;
    const known = await assumeTokens.find(organization.id, id);
    if (known === undefined) return refuse(c, notFound('assume-user token', id));
    const { outcome, receipt } = await withReceipt(deps, (): Promise<AssumeToken | undefined> => {
      return assumeTokens[how](organization.id, id, caller.subject.id);
    });
    if (outcome === undefined) return refuse(c, notFound('assume-user token', id));
    return c.json({ assume_token: presentAssumeToken(outcome), receipt }, 200);
  };
}
