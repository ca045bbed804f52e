import type { z } from '@hono/zod-openapi';
import type { Token, TokenRotation } from '../../core/directory.ts';
import { effectiveExpiry } from '../../core/token-record.ts';
import type { rotationView, tokenView } from './schema.ts';

/**
 * A token as it is answered: never its secret, nor the hash of it.
 * @param maxLifetimeMs tokens.max_lifetime; Infinity: none
 */
export function presentToken(token: Token, maxLifetimeMs: number): z.infer<typeof tokenView> {
  return {
    id: token.id,
    kind: token.kind,
    organization_id: token.organizationId,
    user_id: token.userId,
    username: token.username,
    name: token.name,
    purpose: token.purpose,
    scopes: [...token.scopes],
    state: token.state,
    last_four: token.lastFour,
    created_at: rfc3339(token.createdAt),
    created_by: token.createdBy,
    changed_at: rfc3339(token.changedAt),
    changed_by: token.changedBy,
    expires_at: rfc3339OrNull(token.expiresAt),
    usable_until: rfc3339OrNull(effectiveExpiry(token, maxLifetimeMs)),
    allowed_ips: [...token.allowedIps],
    rotation: token.rotation && presentRotation(token.rotation),
    parent_id: token.parentId,
    last_used_at: token.lastUse === null ? null : rfc3339(token.lastUse.at),
    last_used_address: token.lastUse?.address ?? null,
    last_used_route: token.lastUse?.route ?? null,
  };
}

function presentRotation({ oldLastFour, until, oldCalls, oldLastUsedAt }: TokenRotation): z.infer<typeof rotationView> {
  return {
    old_last_four: oldLastFour,
    until: rfc3339(until),
    old_calls: oldCalls,
    old_last_used_at: rfc3339OrNull(oldLastUsedAt),
  };
}

/** The same where there may be none. */
export function rfc3339OrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : rfc3339(epochMs);
}

/** Writes an instant as RFC 3339 in UTC. */
export function rfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
