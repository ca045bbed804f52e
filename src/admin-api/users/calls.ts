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
import { changedUser, newUser, userChange, userPage, userQuery, userView } from './schema.ts';

const tags = ['Users'];
const collection = '/api/v1/organizations/{org}/users';
const params = z.object({ org: organizationReference });
const memberParams = z.object({ org: organizationReference, id });

export const createUserCall = createRoute({
  method: 'post',
  path: collection,
  tags,
  security,
  summary: 'Add a person or a service user',
  description: 'Needs `wayleave:org:write`.',
  middleware: [inOrganization('wayleave:org:write'), jsonBody] as const,
  request: { params, query: noQuery, body: body(newUser) },
  responses: {
    201: answer('The new user', userView),
    ...changeRefusals,
  },
});

export const listUsersCall = createRoute({
  method: 'get',
  path: collection,
  tags,
  security,
  summary: 'List people and service users',
  description: 'Needs `wayleave:org:read`.',
  middleware: [inOrganization('wayleave:org:read')] as const,
  request: { params, query: userQuery },
  responses: { 200: answer('A page of users', userPage), ...findRefusals },
});

export const showUserCall = createRoute({
  method: 'get',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Show a user',
  description: 'Needs `wayleave:org:read`.',
  middleware: [inOrganization('wayleave:org:read')] as const,
  request: { params: memberParams, query: noQuery },
  responses: { 200: answer('The user', userView), ...findRefusals },
});

export const changeUserCall = createRoute({
  method: 'patch',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Change, disable or enable a user',
  description:
    'Needs `wayleave:org:write`. While a user is disabled no token of the user counts. Service users of a person who is ' +
    'disabled come on the review list: their tokens go on until an admin names another owner or says `reviewed`.',
  middleware: [inOrganization('wayleave:org:write'), jsonBody] as const,
  request: { params: memberParams, query: noQuery, body: body(userChange) },
  responses: {
    200: answer('The user as it is now', changedUser),
    ...changeRefusals,
  },
});

export const removeUserCall = createRoute({
  method: 'delete',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'Delete a user for good',
  description:
    'Needs `wayleave:org:write`. Revokes every token of the user and ends its roles; the username is never given again. ' +
    'Service users of a deleted person come on the review list. The user `root` of `platform` can be disabled alone.',
  middleware: [inOrganization('wayleave:org:write')] as const,
  request: { params: memberParams, query: noQuery },
  responses: {
    200: answer('The user that was deleted', changedUser),
    ...actionRefusals,
  },
});
