import { createRoute, z } from '@hono/zod-openapi';
import { inOrganization, needs } from '../guard.ts';
import {
  answer,
  body,
  bodyRefusals,
  changeRefusals,
  findRefusals,
  noQuery,
  refusal409,
  refusals,
  security,
} from '../http/documentation.ts';
import { organizationReference } from '../http/fields.ts';
import { jsonBody } from '../http/json-body.ts';
import {
  changedOrganization,
  newOrganization,
  organizationChange,
  organizationPage,
  organizationQuery,
  organizationView,
} from './schema.ts';

const tags = ['Organisations'];
const params = z.object({ org: organizationReference });

export const createOrganizationCall = createRoute({
  method: 'post',
  path: '/api/v1/organizations',
  tags,
  security,
  summary: 'Create an organisation',
  description: 'Needs `wayleave:platform`.',
  middleware: [needs('wayleave:platform'), jsonBody] as const,
  request: { query: noQuery, body: body(newOrganization) },
  responses: { 201: answer('The new organisation', organizationView), ...refusals, ...bodyRefusals, ...refusal409 },
});

export const listOrganizationsCall = createRoute({
  method: 'get',
  path: '/api/v1/organizations',
  tags,
  security,
  summary: 'List the organisations that the caller may see',
  description: 'Every one with `wayleave:platform`; with `wayleave:org:read` one’s own.',
  middleware: [needs('wayleave:platform', 'wayleave:org:read')] as const,
  request: { query: organizationQuery },
  responses: { 200: answer('A page of organisations', organizationPage), ...refusals },
});

export const showOrganizationCall = createRoute({
  method: 'get',
  path: '/api/v1/organizations/{org}',
  tags,
  security,
  summary: 'Show an organisation',
  description: 'Needs `wayleave:platform`, or `wayleave:org:read` for one’s own.',
  middleware: [inOrganization('wayleave:org:read', 'wayleave:platform')] as const,
  request: { params, query: noQuery },
  responses: { 200: answer('The organisation', organizationView), ...findRefusals },
});

export const changeOrganizationCall = createRoute({
  method: 'patch',
  path: '/api/v1/organizations/{org}',
  tags,
  security,
  summary: 'Rename, suspend or resume an organisation',
  description: 'Needs `wayleave:platform`. While an organisation is suspended no token of it counts.',
  middleware: [inOrganization('wayleave:platform'), jsonBody] as const,
  request: { params, query: noQuery, body: body(organizationChange) },
  responses: {
    200: answer('The organisation as it is now', changedOrganization),
    ...changeRefusals,
  },
});
