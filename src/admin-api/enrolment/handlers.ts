import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { readUserRecord } from '../read-user.ts';
import { hashToken, mintToken } from '../../core/token.ts';
import { createEnrolmentCall } from './calls.ts';
import { enrolmentProblem } from './enrolment-rules.ts';

const lifetimeMs = 86_400_000;

export function addEnrolmentCall(app: AdminApp): void {
  app.openapi(createEnrolmentCall, create);
}

const create: RouteHandler<typeof createEnrolmentCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const { id } = c.req.valid('param');
  const verifiesEmail = c.req.valid('json').verify_email === true;
  const user = await deps.stores.users.find(organization.id, id);
  const person = user && (await readUserRecord(deps.stores, id));
  if (user === undefined || person === undefined) return refuse(c, notFound('user', id));
  const { roleScopes, tokens } = deps.currentConfig();
  const problem = enrolmentProblem(person, caller, roleScopes);
  if (problem !== undefined) return refuse(c, problem);
  if (verifiesEmail && user.email === null) {
    return refuse(
      c,
      invalidField('/verify_email', `asks for an address, and "${user.username}" has none; set one first`),
    );
  }
  const code = mintToken(tokens.prefix, 'enr');
  const expiresAt = deps.clock.now() + lifetimeMs;
  const outcome = await deps.stores.enrolments.create({
    organizationId: organization.id,
    userId: id,
    hash: hashToken(code),
    expiresAt,
    verifiesEmail,
    roles: person.roles,
    createdBy: caller.subject.id,
  });
  if (outcome === undefined) return refuse(c, notFound('user', id));
  const answer = {
    code,
    user_id: id,
    expires_at: new Date(expiresAt).toISOString(),
    verifies_email: verifiesEmail ? user.email : null,
  };
  return c.json(answer, 201);
};
