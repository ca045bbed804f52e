import type { z } from '@hono/zod-openapi';
import { hashToken, lastFour } from '../../core/token.ts';
import type { Token } from '../../core/directory.ts';
import type { Caller } from '../caller.ts';
import type { AdminDeps } from '../context.ts';
import { notFound, type Refusal } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import { readUserRecord } from '../read-user.ts';
import { resolveExpiry } from './expiry.ts';
import { rotationProblem, type RotationRefusal } from './rotate-rules.ts';
import { presentToken } from './present.ts';
import { overlapsMs, type tokenRotation } from './schema.ts';
import { notPossible, untilSettled } from './states.ts';

export type RotationDeps = Pick<AdminDeps, 'stores' | 'clock' | 'currentConfig' | 'mintToken' | 'receipts' | 'metrics'>;

/**
 * Gives a token its next secret, and shows it this once. Unless told, the token then lives as long again as it was made
 * for, within the bounds of the policy and of the caller's own token.
 * @param find the token as the caller may see it, read anew when it has changed meanwhile
 */
export async function rotateToken(
  find: () => Promise<Token | Refusal<'not_found' | 'insufficient_scope'>>,
  wish: z.output<typeof tokenRotation>,
  caller: Caller,
  deps: RotationDeps,
) {
  return untilSettled(async () => {
    const token = await find();
    if ('code' in token) return refused(token);
    const owner = await readUserRecord(deps.stores, token.userId);
    if (owner === undefined) return refused(notFound('token', token.id));
    const problem = rotationProblem({ token, owner }, caller);
    if (problem !== undefined) return refused(problem);
    const { tokens } = deps.currentConfig();
    const expiry = resolveExpiry(wish, {
      nowMs: deps.clock.now(),
      defaultLifetimeMs: (token.expiresAt ?? Infinity) - token.issuedAt,
      maxLifetimeMs: tokens.maxLifetimeMs,
      callerExpiresAt: caller.expiresAt,
    });
    if (expiry.kind === 'refused') return expiry;
    const secret = deps.mintToken(tokens.prefix);
    const rotation = {
      hash: hashToken(secret),
      lastFour: lastFour(secret),
      overlapMs: overlapsMs[wish.overlap ?? '1h'],
      expiresAt: expiry.expiresAt,
      version: token.version,
    };
    const { outcome, receipt } = await withReceipt(deps, () =>
      deps.stores.tokens.rotate(token.id, rotation, caller.subject.id),
    );
    if (outcome === undefined) return refused(notFound('token', token.id));
    switch (outcome.kind) {
      case 'outdated':
        return outcome;
      case 'not_possible':
        return refused(notPossible(outcome.token, 'rotate'));
      case 'changed': {
        const { maxLifetimeMs } = tokens;
        return { kind: 'done', body: { token: presentToken(outcome.token, maxLifetimeMs), secret, receipt } } as const;
      }
    }
  });
}

type Problems = RotationRefusal | Refusal<'not_found' | 'insufficient_scope' | 'validation_failed' | 'conflict'>;

function refused<P extends Problems>(problem: P): { readonly kind: 'refused'; readonly problem: P } {
  return { kind: 'refused', problem };
}
