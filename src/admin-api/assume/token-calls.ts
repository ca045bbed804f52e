import { createRoute, z } from '@hono/zod-openapi';
import { inOrganization } from '../guard.ts';
import { answer, body, changeRefusals, findRefusals, noQuery, security } from '../http/documentation.ts';
import { id, organizationReference } from '../http/fields.ts';
import { jsonBody } from '../http/json-body.ts';
import { assumeTokenPage, assumeTokenQuery, changedAssumeToken, createdAssumeToken, newAssumeToken } from './schema.ts';

const tags = ['Assume user'];
const collection = '/api/v1/organizations/{org}/assume-tokens';
const params = z.object({ org: organizationReference });
const itemParams = z.object({ org: organizationReference, id });
const whoMay = 'Needs `wayleave:assume:issue`.';

export const createAssumeTokenCall = createRoute({
  method: 'post',
  path: collection,
  tags,
  security,
  summary: 'Let somebody else act as a user of the organisation for a while',
  description:
    `${whoMay} Only a member of the organisation itself may, never an admin of the platform for it. It stays within the ` +
    'scopes of the subject and of the token that makes the call, ends no later than that token, and never gives a ' +
    '`wayleave:` scope. The secret is shown this once; it is redeemed, and no bearer token.',
  middleware: [inOrganization('wayleave:assume:issue'), jsonBody] as const,
  request: { params, query: noQuery, body: body(newAssumeToken) },
  responses: {
    201: answer('The new assume-user token and its secret', createdAssumeToken),
    ...changeRefusals,
  },
});

export const listAssumeTokensCall = createRoute({
  method: 'get',
  path: collection,
  tags,
  security,
  summary: 'List assume-user tokens',
  description: `${whoMay} Newest first. Never a secret; deleted ones are in the audit log alone.`,
  middleware: [inOrganization('wayleave:assume:issue')] as const,
  request: { params, query: assumeTokenQuery },
  responses: { 200: answer('A page of assume-user tokens', assumeTokenPage), ...findRefusals },
});

export const expireAssumeTokenCall = createRoute({
  method: 'post',
  path: `${collection}/{id}/expire`,
  tags,
  security,
  summary: 'End an assume-user token and its sessions now; it stays listed as expired',
  description: whoMay,
  middleware: [inOrganization('wayleave:assume:issue')] as const,
  request: { params: itemParams, query: noQuery },
  responses: { 200: answer('The token as it is now', changedAssumeToken), ...findRefusals },
});

export const deleteAssumeTokenCall = createRoute({
  method: 'delete',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'End an assume-user token and its sessions now, and take it off the lists',
  description: whoMay,
  middleware: [inOrganization('wayleave:assume:issue')] as const,
  request: { params: itemParams, query: noQuery },
  responses: { 200: answer('The token as it was', changedAssumeToken), ...findRefusals },
});
