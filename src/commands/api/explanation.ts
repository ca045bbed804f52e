import { z } from 'zod';
import type { ExplanationDocument } from '../../core/explanation.ts';
import { readAskedToken } from '../asked-token.ts';
import type { CommandIo } from '../command.ts';
import { readList, type Input } from '../terminal/options.ts';
import type { Answer, ApiClient } from './client.ts';
import { connect } from './connection.ts';
import { findUserId } from './find-user.ts';

const shape = z.looseObject({
  decision: z.enum(['allow', 'deny']),
  request: z.looseObject({ method: z.string(), path: z.string(), host: z.string(), from: z.string().nullable() }),
  status: z.number().nullable(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
  missing_scopes: z.array(z.string()),
  route: z.looseObject({ name: z.string(), line: z.number() }).nullable(),
  steps: z.array(
    z.looseObject({ stage: z.string(), text: z.string(), lines: z.array(z.string()), decides: z.boolean() }),
  ),
  fix: z.string().nullable(),
  file: z.string(),
  revision: z.string(),
  past: z.looseObject({ request_id: z.string(), at: z.string(), node: z.string(), duration_ms: z.number() }).optional(),
});

export interface RequestToExplain {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly from: string | undefined;
}

export type ServerExplanation = Answer<ExplanationDocument> | { readonly kind: 'wrong'; readonly message: string };

/** Asks a running gateway to explain a request, as the options say. */
export async function askServer(input: Input, request: RequestToExplain, io: CommandIo): Promise<ServerExplanation> {
  const { token: option } = input.values;
  const token = option === undefined ? undefined : await readAskedToken(option, io);
  if (token?.kind === 'wrong') return token;
  const connection = await connectAs(token?.text, input, io);
  if (connection.kind === 'wrong') return connection;
  if (connection.warning !== undefined) io.stderr(`${connection.warning}\n`);
  const { client } = connection;
  const { scopes, kind, org, as } = input.values;
  const userId = as === undefined ? undefined : await findUser(client, as);
  if (userId?.kind === 'wrong' || userId?.kind === 'failed') return userId;
  const body = {
    ...request,
    token: token?.text,
    scopes: scopes === undefined ? undefined : readList(scopes),
    kind,
    organization: org,
    user_id: userId?.body,
  };
  return client.call({ method: 'POST', path: ['explain'], body }, shape);
}

const aboutRequests = ['host', 'scopes', 'kind', 'org', 'as', 'from', 'token'] as const;

/** Asks about a request that was made, by its id. */
export async function askAboutPast(input: Input, io: CommandIo): Promise<ServerExplanation> {
  const { 'request-id': requestId, ...values } = input.values;
  const other = aboutRequests.find((name) => values[name] !== undefined);
  if (other !== undefined) return wrong(`--request-id names a request that was made; leave --${other} out`);
  if (input.positionals.length > 0)
    return wrong('--request-id names a request that was made; leave METHOD and PATH out');
  const connection = await connect(input, io);
  if (connection.kind === 'wrong') return connection;
  if (connection.warning !== undefined) io.stderr(`${connection.warning}\n`);
  return connection.client.call({ method: 'POST', path: ['explain'], body: { request_id: requestId } }, shape);
}

/** The call is made with the token of the environment or, where there is none, with the one that is asked about. */
function connectAs(askedToken: string | undefined, input: Input, io: CommandIo): ReturnType<typeof connect> {
  const environment = { ...io.environment, token: io.environment.token ?? askedToken };
  return connect({ ...input, values: { ...input.values, token: undefined } }, { ...io, environment });
}

async function findUser(
  client: ApiClient,
  reference: string,
): Promise<Answer<string> | { kind: 'wrong'; message: string }> {
  if (reference.startsWith('usr_')) return { kind: 'answer', body: reference };
  const at = reference.lastIndexOf('@');
  if (at <= 0) return wrong(`--as ${reference}: write an id (usr_...) or username@org-slug`);
  return findUserId(client, reference.slice(at + 1), reference.slice(0, at));
}

function wrong(message: string): { kind: 'wrong'; message: string } {
  return { kind: 'wrong', message };
}
