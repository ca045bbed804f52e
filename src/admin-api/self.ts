import type { z } from '@hono/zod-openapi';
import type { Problem } from '../core/problem.ts';
import type { Caller } from './caller.ts';
import type { AdminDeps } from './context.ts';
import { parseStrictJson } from './http/strict-json.ts';
import { invalid, invalidInput } from './http/validation.ts';
import { notFound } from './http/problem-response.ts';
import { withReceipt } from './receipt.ts';
import { rotateToken } from './tokens/rotation.ts';
import { presentToken } from './tokens/present.ts';
import { tokenRotation } from './tokens/schema.ts';
import { notPossible } from './tokens/states.ts';

/** A token's call to itself, on whichever listener. */
export interface SelfCall {
  readonly action: 'rotate' | 'revoke';
  readonly caller: Caller;
  /** The text of the body; empty: none. */
  readonly body: string;
  readonly address: string;
  readonly requestId: string;
}

export type SelfAnswer =
  | { readonly kind: 'json'; readonly body: Record<string, unknown> }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Rotates or revokes the token that makes the call, and answers as the admin API does. */
export function actOnSelf(call: SelfCall, deps: AdminDeps): Promise<SelfAnswer> {
  const { caller, address, requestId } = call;
  const stores = deps.stores.as({
    userId: caller.subject.id,
    actorId: caller.actor?.id ?? null,
    tokenId: caller.tokenId,
    organizationId: caller.subject.organization.id,
    address,
    requestId,
    via: 'proxy',
  });
  const own = { ...deps, stores };
  return call.action === 'revoke' ? revoke(call, own) : rotate(call, own);
}

async function rotate({ body, caller }: SelfCall, deps: AdminDeps): Promise<SelfAnswer> {
  const wish = readWish(body);
  if ('code' in wish) return { kind: 'problem', problem: wish };
  const find = async () => (await deps.stores.tokens.find(caller.tokenId)) ?? notFound('token', caller.tokenId);
  const outcome = await rotateToken(find, wish, caller, deps);
  return outcome.kind === 'refused' ? refused(outcome.problem) : { kind: 'json', body: outcome.body };
}

async function revoke({ caller }: SelfCall, deps: AdminDeps): Promise<SelfAnswer> {
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.tokens.act(caller.tokenId, 'revoke', caller.subject.id),
  );
  if (outcome === undefined) return refused(notFound('token', caller.tokenId));
  if (outcome.kind === 'not_possible') return refused(notPossible(outcome.token, 'revoke'));
  if (outcome.kind === 'conflict') throw new Error('a revocation was in conflict with a name');
  const { maxLifetimeMs } = deps.currentConfig().tokens;
  return { kind: 'json', body: { token: presentToken(outcome.token, maxLifetimeMs), receipt } };
}

function readWish(body: string): z.output<typeof tokenRotation> | Problem {
  if (body.trim() === '') return {};
  const json = parseStrictJson(body);
  if (json.kind === 'wrong') return invalid([{ pointer: json.pointer, detail: json.detail }]);
  const read = tokenRotation.safeParse(json.value);
  return read.success ? read.data : invalidInput(read.error.issues);
}

function refused(problem: Problem): SelfAnswer {
  return { kind: 'problem', problem };
}
