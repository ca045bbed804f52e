import { createRoute, z } from '@hono/zod-openapi';
import { needs } from '../guard.ts';
import {
  actionRefusals,
  answer,
  body,
  bodyRefusals,
  changeRefusals,
  findRefusals,
  noQuery,
  refusal404,
  refusals,
  security,
} from '../http/documentation.ts';
import { id } from '../http/fields.ts';
import { jsonBody, optionalJsonBody } from '../http/json-body.ts';
import {
  bulkExpiry,
  bulkMax,
  changedToken,
  changedTokens,
  createdToken,
  newToken,
  rotatedToken,
  tokenChange,
  tokenPage,
  tokenPruning,
  tokenQuery,
  tokenRotation,
  tokenView,
} from './schema.ts';

const tags = ['Tokens'];
const collection = '/api/v1/tokens';
const params = z.object({ id });
const mayRead = needs('wayleave:self', 'wayleave:tokens:read');
const mayWrite = needs('wayleave:self', 'wayleave:tokens:write');
const whoMayRead = "Needs `wayleave:self` for one's own tokens, `wayleave:tokens:read` for the organisation's.";
const whoMayWrite = "Needs `wayleave:self` for one's own tokens, `wayleave:tokens:write` for the organisation's.";

export const createTokenCall = createRoute({
  method: 'post',
  path: collection,
  tags,
  security,
  summary: 'Make a token for oneself or a service user',
  description:
    `${whoMayWrite} The new token stays within the effective scopes, the expiry and the addresses of the token that makes the call, ` +
    "and within its owner's roles. The secret is shown this once.",
  middleware: [mayWrite, jsonBody] as const,
  request: { query: noQuery, body: body(newToken) },
  responses: {
    201: answer('The new token and its secret', createdToken),
    ...changeRefusals,
  },
});

export const listTokensCall = createRoute({
  method: 'get',
  path: collection,
  tags,
  security,
  summary: 'List tokens',
  description:
    `${whoMayRead} Newest first unless told. Never a secret. A page may have fewer items than its limit, or none, and a ` +
    'next_cursor: the list is longer, and looking for more would take too long at once.',
  middleware: [mayRead] as const,
  request: { query: tokenQuery },
  responses: { 200: answer('A page of tokens', tokenPage), ...findRefusals },
});

export const showTokenCall = createRoute({
  method: 'get',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Show a token',
  description: whoMayRead,
  middleware: [mayRead] as const,
  request: { params, query: noQuery },
  responses: { 200: answer('The token', tokenView), ...findRefusals },
});

export const editTokenCall = createRoute({
  method: 'patch',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Change the scopes or the purpose of a token',
  description:
    `${whoMayWrite} Scopes that are added stay within the effective scopes of the token that makes the call, and ` +
    'the changed token must not outlive it; a token that edits itself can only lose scopes.',
  middleware: [mayWrite, jsonBody] as const,
  request: { params, query: noQuery, body: body(tokenChange) },
  responses: {
    200: answer('The token as it is now', changedToken),
    ...changeRefusals,
  },
});

export const rotateTokenCall = createRoute({
  method: 'post',
  path: `${collection}/{id}/rotate`,
  tags,
  security,
  summary: 'Give a token its next secret',
  description:
    `${whoMayWrite} Both secrets work for the overlap; one that is left of an earlier rotation ends at once. Whoever ` +
    'rotates a token must be allowed to make one like it: not of another person, nothing beyond the token that makes ' +
    'the call. Unless told, the token lives as long again as before. The secret is shown this once.',
  middleware: [mayWrite, optionalJsonBody] as const,
  request: { params, query: noQuery, body: { ...body(tokenRotation), required: false } },
  responses: {
    200: answer('The token as it is now, and its new secret', rotatedToken),
    ...changeRefusals,
  },
});

export const expireTokensCall = createRoute({
  method: 'post',
  path: `${collection}/expire`,
  tags,
  security,
  summary: 'End the tokens of a filter now',
  description:
    `${whoMayWrite} Active and disabled tokens, the oldest first, at most ${bulkMax} in a call; never the token ` +
    'that makes the call.',
  middleware: [mayWrite, jsonBody] as const,
  request: { query: noQuery, body: body(bulkExpiry) },
  responses: {
    200: answer('The tokens that were ended, or would be', changedTokens),
    ...refusals,
    ...bodyRefusals,
    ...refusal404,
  },
});

export const pruneTokensCall = createRoute({
  method: 'post',
  path: `${collection}/prune`,
  tags,
  security,
  summary: 'Take tokens that ended long ago off the lists',
  description:
    `${whoMayWrite} Expired and revoked tokens of the filter, the oldest first, at most ${bulkMax} in a call. Each is ` +
    'deleted as by `DELETE /tokens/{id}`; the audit log keeps what it was.',
  middleware: [mayWrite, jsonBody] as const,
  request: { query: noQuery, body: body(tokenPruning) },
  responses: {
    200: answer('The tokens that were deleted, or would be', changedTokens),
    ...refusals,
    ...bodyRefusals,
    ...refusal404,
  },
});

const actionResponses = {
  200: answer('The token as it is now', changedToken),
  ...actionRefusals,
};

function actionCall<Path extends string>(path: Path, summary: string) {
  return createRoute({
    method: 'post',
    path,
    tags,
    security,
    summary,
    description: whoMayWrite,
    middleware: [mayWrite] as const,
    request: { params, query: noQuery },
    responses: actionResponses,
  });
}

export const expireTokenCall = actionCall('/api/v1/tokens/{id}/expire', 'End a token now; it stays listed as expired');
export const disableTokenCall = actionCall('/api/v1/tokens/{id}/disable', 'Stop a token until it is enabled again');
export const enableTokenCall = actionCall('/api/v1/tokens/{id}/enable', 'Let a disabled token count again');
export const revokeTokenCall = actionCall('/api/v1/tokens/{id}/revoke', 'End a token for good; it stays listed');

export const deleteTokenCall = createRoute({
  method: 'delete',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'End a token for good and take it off the lists',
  description: whoMayWrite,
  middleware: [mayWrite] as const,
  request: { params, query: noQuery },
  responses: actionResponses,
});
