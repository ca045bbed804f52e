/** A value as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What changes a state, as the audit log names it. */
export const auditActions = [
  'organization.create',
  'organization.change',
  'organization.suspend',
  'organization.resume',
  'user.create',
  'user.change',
  'user.disable',
  'user.enable',
  'user.delete',
  'user.enrolment',
  'user.enrol',
  'user.review',
  'authorization.create',
  'authorization.change',
  'authorization.delete',
  'token.create',
  'token.edit',
  'token.rotate',
  'token.expire',
  'token.disable',
  'token.enable',
  'token.revoke',
  'token.delete',
  'token.old_secret_used',
  'assume_token.create',
  'assume_token.expire',
  'assume_token.delete',
  'assume_token.refused',
  'assume_session.start',
  'assume_session.end',
  'console_session.start',
  'console_session.end',
  'signing_key.create',
  'signing_key.rotate',
  'signing_key.retire',
  'signing_key.delete',
  'config.reload',
  'calls.refused',
  'audit.checkpoint',
  'audit.alarm',
] as const;

export type AuditAction = (typeof auditActions)[number];

export const auditTargetKinds = [
  'token',
  'user',
  'organization',
  'authorization',
  'assume_token',
  'assume_session',
  'console_session',
  'signing_key',
  'configuration',
  'admin_api',
  'audit_log',
] as const;

export type AuditTargetKind = (typeof auditTargetKinds)[number];

/** Through what a change came: a call of the admin API or the proxy listener, a command on the store, or by itself. */
export const auditWays = ['api', 'proxy', 'command', 'system'] as const;

export type AuditWay = (typeof auditWays)[number];

/** Who changes something. All ids are null for what the gateway does by itself. */
export interface Author {
  /** In whose name: the subject of the call. */
  readonly userId: string | null;
  /** Who really acts, when another person's identity is assumed. */
  readonly actorId: string | null;
  readonly tokenId: string | null;
  readonly organizationId: string | null;
  /** The client's address. */
  readonly address: string | null;
  readonly requestId: string | null;
  readonly via: AuditWay;
}

/** The gateway itself, where nobody asked for the change. */
export const systemAuthor: Author = {
  userId: null,
  actorId: null,
  tokenId: null,
  organizationId: null,
  address: null,
  requestId: null,
  via: 'system',
};

/** A person at the machine's own command line, whom nothing names. */
export const commandAuthor: Author = { ...systemAuthor, via: 'command' };

/** The organisation under which events of the whole platform are kept. It is no id, so no other one can have it. */
export const platformAuditId = 'platform';

export interface AuditTarget {
  readonly kind: AuditTargetKind;
  readonly id: string;
  readonly name: string | null;
}

/** A change as its row tells it. Never a secret, never a hash of one. */
export interface AuditEvent {
  /** Whose log it goes to; `platformAuditId` for what belongs to none. */
  readonly organizationId: string;
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** What was there; null for something new. Of a change, what changed. */
  readonly before: Json | null;
  readonly after: Json | null;
  /** Why, in the words of who did it. */
  readonly reason?: string;
}

/** Tells of a change within its transaction; the row is written with it or the change is not made. */
export type Audit = (event: AuditEvent) => void;

type Fields = { readonly [name: string]: Json };

/** What of a thing is different afterwards, for the two sides of an event. */
export function changedFields(before: Fields, after: Fields): { readonly before: Fields; readonly after: Fields } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const different = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return { before: pick(before, different), after: pick(after, different) };
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}

/** An instant as rows of the audit log tell it (RFC 3339). */
export function auditInstant(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
