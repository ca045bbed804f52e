import { createRoute } from '@hono/zod-openapi';
import {
  answer,
  body,
  bodyRefusals,
  findRefusals,
  noQuery,
  refusal429,
  refusals,
  security,
} from '../http/documentation.ts';
import { jsonBody } from '../http/json-body.ts';
import { signedIn, signInInput } from './schema.ts';

const tags = ['Console'];

export const signInCall = createRoute({
  method: 'post',
  path: '/api/v1/session',
  tags,
  summary: 'Sign in to the console with a token',
  description:
    'For the console itself. The session lives on the server; it can do what the token can, and ends with it. Ten wrong ' +
    'tokens or codes in a minute from one address make it wait.',
  middleware: [jsonBody] as const,
  request: { query: noQuery, body: body(signInInput) },
  responses: { 201: answer('The session; its cookie is set', signedIn), ...refusals, ...bodyRefusals, ...refusal429 },
});

export const signOutCall = createRoute({
  method: 'delete',
  path: '/api/v1/session',
  tags,
  security,
  summary: 'Sign out of the console',
  request: { query: noQuery },
  responses: { 204: { description: 'The session has ended' }, ...findRefusals },
});
