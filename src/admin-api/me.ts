import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { PrincipalAssumption } from '../core/principal.ts';
import type { UserRecord } from '../core/token-record.ts';
import { tokenKinds } from '../core/token.ts';
import { isPlatformCaller } from './caller.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { answer, noQuery, refusals, security } from './http/documentation.ts';
import { presentSession, sessionView } from './session/schema.ts';

const meView = z
  .object({
    subject: z.object({
      id: z.string(),
      username: z.string(),
      email: z.string().nullable(),
      kind: z.enum(['human', 'service']),
    }),
    actor: z
      .object({ id: z.string(), username: z.string(), organization: z.object({ id: z.string(), slug: z.string() }) })
      .nullable()
      .openapi({ description: 'Who really acts, where a user is assumed' }),
    assumption: z
      .object({ assume_token_id: z.string(), read_only: z.boolean(), until: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'By which assume-user token, and until when at the latest' }),
    organization: z.object({ id: z.string(), slug: z.string() }),
    scopes: z.array(z.string()).openapi({ description: 'What the token may do now' }),
    roles: z.array(z.string()).openapi({ description: 'Roles of gateway.yaml that are wholly in effect' }),
    granted_roles: z.array(z.string()).openapi({ description: 'All that the user is granted, as project/role' }),
    token: z.object({ id: z.string(), kind: z.enum(tokenKinds) }),
    expires_at: z.iso.datetime().nullable(),
    session: sessionView.nullable().openapi({ description: 'Where the caller is signed in to the console' }),
    platform: z.boolean().openapi({ description: 'Whether the token reaches every organisation' }),
  })
  .openapi('Me');

const meCall = createRoute({
  method: 'get',
  path: '/api/v1/me',
  tags: ['Me'],
  security,
  summary: 'Say who the caller is and what its token may do',
  description: 'Open to any token.',
  request: { query: noQuery },
  responses: { 200: answer('The caller', meView), ...refusals },
});

export function addMeCall(app: AdminApp): void {
  app.openapi(meCall, me);
}

const me: RouteHandler<typeof meCall, AdminEnv> = (c) => {
  const { caller, session } = c.var;
  const { actor, assumption } = caller;
  const { id, username, email, kind, organization, roles } = caller.subject;
  return c.json(
    {
      subject: { id, username, email: email ?? null, kind },
      actor: actor === undefined ? null : presentActor(actor),
      assumption: assumption === undefined ? null : presentAssumption(assumption),
      organization: { id: organization.id, slug: organization.slug },
      scopes: [...caller.scopes],
      roles: [...caller.roles],
      granted_roles: [...roles],
      token: { id: caller.tokenId, kind: caller.tokenKind },
      expires_at: caller.expiresAt === null ? null : new Date(caller.expiresAt).toISOString(),
      session: session === undefined ? null : presentSession(session),
      platform: isPlatformCaller(caller),
    },
    200,
  );
};

function presentActor({ id, username, organization }: UserRecord) {
  return { id, username, organization: { id: organization.id, slug: organization.slug } };
}

function presentAssumption({ grantId, readOnly, until }: PrincipalAssumption) {
  return { assume_token_id: grantId, read_only: readOnly, until: new Date(until).toISOString() };
}
