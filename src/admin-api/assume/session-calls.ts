import { createRoute, z } from '@hono/zod-openapi';
import { inOrganization, needs } from '../guard.ts';
import { answer, body, bodyRefusals, findRefusals, noQuery, refusals, security } from '../http/documentation.ts';
import { id, organizationReference } from '../http/fields.ts';
import { jsonBody } from '../http/json-body.ts';
import { sessionReportView } from './report.ts';
import {
  assumeSessionPage,
  assumeSessionQuery,
  endedAssumeSession,
  ownSessionQuery,
  redeemedSession,
  redemption,
} from './schema.ts';

const tags = ['Assume user'];
const collection = '/api/v1/organizations/{org}/assume-sessions';
const params = z.object({ org: organizationReference });
const itemParams = z.object({ org: organizationReference, id });
const ofAdmin = inOrganization('wayleave:assume:issue');
const whoMay = 'Needs `wayleave:assume:issue`.';

export const listSessionsCall = createRoute({
  method: 'get',
  path: collection,
  tags,
  security,
  summary: 'List who acts, or has acted, as a user of the organisation',
  description: `${whoMay} Newest first: who, as whom, since when, from where, until when.`,
  middleware: [ofAdmin] as const,
  request: { params, query: assumeSessionQuery },
  responses: { 200: answer('A page of sessions', assumeSessionPage), ...findRefusals },
});

export const endSessionCall = createRoute({
  method: 'delete',
  path: `${collection}/{id}`,
  tags,
  security,
  summary: 'End a session now; its assume-user token goes on',
  description: whoMay,
  middleware: [ofAdmin] as const,
  request: { params: itemParams, query: noQuery },
  responses: { 200: answer('The session as it is now', endedAssumeSession), ...findRefusals },
});

export const sessionReportCall = createRoute({
  method: 'get',
  path: `${collection}/{id}/report`,
  tags,
  security,
  summary: 'Say what was done under a session',
  description:
    `${whoMay} Routes, methods, counts, refusals, first and last time, and from where; a second or so behind while the ` +
    'session goes on. When it has ended, webhooks get the same as `assume.session_ended`.',
  middleware: [ofAdmin] as const,
  request: { params: itemParams, query: noQuery },
  responses: { 200: answer('The report', sessionReportView), ...findRefusals },
});

export const redeemCall = createRoute({
  method: 'post',
  path: '/api/v1/assume',
  tags,
  security,
  summary: 'Redeem an assume-user token: act as its subject for a while',
  description:
    'Needs `wayleave:assume`, which every member has, in the token that makes the call. The answer holds a token for the ' +
    'session, which ends with the assume-user token, with the token that makes this call, and as either organisation says.',
  middleware: [jsonBody] as const,
  request: { query: noQuery, body: body(redemption) },
  responses: { 201: answer('The session and its token', redeemedSession), ...refusals, ...bodyRefusals },
});

export const listOwnSessionsCall = createRoute({
  method: 'get',
  path: '/api/v1/assume',
  tags,
  security,
  summary: 'List the sessions in which the caller acts, or has acted, as somebody else',
  description: 'Needs `wayleave:assume`. Newest first.',
  middleware: [needs('wayleave:assume')] as const,
  request: { query: ownSessionQuery },
  responses: { 200: answer('A page of sessions', assumeSessionPage), ...refusals },
});

export const endOwnSessionCall = createRoute({
  method: 'delete',
  path: '/api/v1/assume/{id}',
  tags,
  security,
  summary: "End a session of one's own",
  description: 'Needs `wayleave:assume`, in any token of whoever acts.',
  middleware: [needs('wayleave:assume')] as const,
  request: { params: z.object({ id }), query: noQuery },
  responses: { 200: answer('The session as it is now', endedAssumeSession), ...findRefusals },
});
