import { z } from '@hono/zod-openapi';
import type { ConsoleSession } from '../ports/console-sessions.ts';
import { idleMs } from './limits.ts';

export const signInInput = z
  .strictObject({ token: z.string().min(1).max(200).openapi({ description: 'A personal access token' }) })
  .openapi('SignIn');

export const sessionView = z.object({
  id: z.string(),
  began_with: z.enum(['token', 'enrolment_code']),
  started_at: z.iso.datetime(),
  ends_at: z.iso.datetime().openapi({ description: 'However much it is used' }),
  idle_seconds: z.int().openapi({ description: 'How long it lasts without being used' }),
});

export const signedIn = z
  .object({
    session: sessionView,
    page_key: z.string().openapi({
      description:
        'What every call of the session sends as `X-Wayleave-Console`, beside the cookie that this answer sets. It is ' +
        'shown this once.',
    }),
  })
  .openapi('SignedIn');

export function presentSession(session: ConsoleSession): z.infer<typeof sessionView> {
  return {
    id: session.id,
    began_with: session.credential.kind === 'token' ? 'token' : 'enrolment_code',
    started_at: new Date(session.createdAt).toISOString(),
    ends_at: new Date(session.endsAt).toISOString(),
    idle_seconds: idleMs / 1000,
  };
}
