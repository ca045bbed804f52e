import { createRoute, z } from '@hono/zod-openapi';
import { inOrganization } from '../guard.ts';
import {
  actionRefusals,
  answer,
  body,
  changeRefusals,
  findRefusals,
  noQuery,
  security,
} from '../http/documentation.ts';
import { id, organizationReference } from '../http/fields.ts';
import { jsonBody } from '../http/json-body.ts';
import {
  authorizationPage,
  authorizationQuery,
  authorizationView,
  newAuthorization,
  removedAuthorization,
} from './schema.ts';

const tags = ['Authorizations'];
const collection = '/api/v1/organizations/{org}/authorizations';
const params = z.object({ org: organizationReference });

export const createAuthorizationCall = createRoute({
  method: 'post',
  path: collection,
  tags,
  security,
  summary: 'Grant roles of one project to a user',
  description:
    'Needs `wayleave:org:write`. Any role of gateway.yaml may be granted, and roles of the project `wayleave` up to ' +
    '`org-admin`; `platform-admin` by an admin of the platform alone, within the organisation `platform`.',
  middleware: [inOrganization('wayleave:org:write'), jsonBody] as const,
  request: { params, query: noQuery, body: body(newAuthorization) },
  responses: {
    201: answer('The new authorization', authorizationView),
    ...changeRefusals,
  },
});

export const listAuthorizationsCall = createRoute({
  method: 'get',
  path: collection,
  tags,
  security,
  summary: 'List who holds which roles',
  description: 'Needs `wayleave:org:read`.',
  middleware: [inOrganization('wayleave:org:read')] as const,
  request: { params, query: authorizationQuery },
  responses: { 200: answer('A page of authorizations', authorizationPage), ...findRefusals },
});

export const removeAuthorizationCall = createRoute({
  method: 'delete',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Take roles away',
  description: 'Needs `wayleave:org:write`.',
  middleware: [inOrganization('wayleave:org:write')] as const,
  request: { params: z.object({ org: organizationReference, id }), query: noQuery },
  responses: {
    200: answer('The authorization that was removed', removedAuthorization),
    ...actionRefusals,
  },
});
