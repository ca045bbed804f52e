import { expect } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import type { ApiAnswer } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import type { World } from '../support/world.ts';

/** Rights of an admin that an assume-user token is issued with, besides what it gives. */
export const issuing = ['wayleave:org:read', 'wayleave:assume:issue', 'read', 'device:read'];
export const tokens = '/api/v1/organizations/acme/assume-tokens';
export const sessions = '/api/v1/organizations/acme/assume-sessions';

/** Who takes part in the tests: an admin of Acme, a user of it, and a helper elsewhere. */
export interface Cast {
  readonly admin: Holder;
  readonly subject: Holder;
  readonly helper: Holder;
}

export async function castOf({ people }: World): Promise<Cast> {
  const everything = [...builtInRoles['org-admin'], ...builtInRoles.member, 'read', 'device:read', 'device:write'];
  return {
    admin: await people.holder('acme', ['wayleave/org-admin', 'analytics/editor'], everything),
    subject: await people.holder('acme', ['analytics/viewer', 'wayleave/auditor'], ['read']),
    helper: await people.holder('support', [], ['wayleave:assume']),
  };
}

type Json = Record<string, unknown>;

export interface Issued {
  readonly id: string;
  readonly secret: string;
  readonly view: Json;
}

/** Issues an assume-user token for the subject. */
export async function issue(world: World, { admin, subject }: Cast, wish: Json = {}): Promise<Issued> {
  const body = { validity: '8h', subject_user_id: subject.user.id, reason: 'ticket 4711', ...wish };
  const answer = await world.client(admin.secret).post(tokens, body);
  expect(answer).toMatchObject({ status: 201 });
  const view = answer.body['assume_token'] as Json;
  return { id: String(view['id']), secret: String(answer.body['secret']), view };
}

export function redeem(world: World, by: Holder, token: string): Promise<ApiAnswer> {
  return world.client(by.secret).post('/api/v1/assume', { token, reason: 'ticket 4711' });
}

export interface Session {
  readonly id: string;
  readonly secret: string;
  readonly grantId: string;
}

/** Issues an assume-user token and redeems it. */
export async function openSession(world: World, cast: Cast, wish: Json = {}): Promise<Session> {
  const { id, secret } = await issue(world, cast, wish);
  const answer = await redeem(world, cast.helper, secret);
  expect(answer).toMatchObject({ status: 201 });
  return { id: String(answer.body['id']), secret: String(answer.body['token']), grantId: id };
}
