import { z } from '@hono/zod-openapi';
import { problemSchema } from './problem-schema.ts';

/** The names of the security schemes, of which calls below /api/v1 ask for one. */
export const bearerScheme = 'bearer';
export const consoleScheme = 'console';
export const security = [{ [bearerScheme]: [] }, { [consoleScheme]: [] }];

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}

/** What any call below /api/v1 may answer besides its own answers. */
export const refusals = {
  400: problem('The input, the Host header or a scope is not valid'),
  401: problem('No token, or one that does not count'),
  403: problem('The token lacks a scope, or the request comes from another origin'),
  500: problem('The gateway failed'),
  503: problem('The store does not answer'),
};

export const refusal404 = { 404: problem('Nothing of that name that this token may see') };
export const refusal429 = { 429: problem('Too many attempts, or too much at once') };
export const refusal422 = { 422: problem('The gateway.yaml is not valid') };
export const refusal409 = { 409: problem('It conflicts with what exists') };

/** What a call with a body may answer besides. */
export const bodyRefusals = {
  413: problem('The body has more than 1 MiB'),
  415: problem('The body is not application/json'),
};

/** What a call that names something may answer besides. */
export const findRefusals = { ...refusals, ...refusal404 };

/** What a call that does something to what it names, without a body, may answer besides. */
export const actionRefusals = { ...findRefusals, ...refusal409 };

/** What a call that makes or changes something by its body may answer besides. */
export const changeRefusals = { ...actionRefusals, ...bodyRefusals };

/** An answer of one JSON document. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body that must be there. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** For calls that take no query: a parameter that is not known is refused rather than ignored. */
export const noQuery = z.strictObject({});
