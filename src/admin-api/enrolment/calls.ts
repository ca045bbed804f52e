import { createRoute, z } from '@hono/zod-openapi';
import { inOrganization } from '../guard.ts';
import {
  answer,
  body,
  bodyRefusals,
  changeRefusals,
  noQuery,
  refusal409,
  refusal429,
  refusals,
  security,
} from '../http/documentation.ts';
import { id, organizationReference } from '../http/fields.ts';
import { jsonBody, optionalJsonBody } from '../http/json-body.ts';
import { createdEnrolment, newEnrolment, redeemed, redemption } from './schema.ts';

const tags = ['Enrolment'];

export const createEnrolmentCall = createRoute({
  method: 'post',
  path: '/api/v1/organizations/{org}/users/{id}/enrolment',
  tags,
  security,
  summary: 'Make an enrolment code, by which a person gets a first token',
  description:
    'Needs `wayleave:org:write`, and of the `wayleave:` scopes every one that a role of the person gives. The code ' +
    'counts once and for 24 hours; earlier codes of the person end. It is for another person: nobody enrols oneself.',
  middleware: [inOrganization('wayleave:org:write'), optionalJsonBody] as const,
  request: {
    params: z.object({ org: organizationReference, id }),
    query: noQuery,
    body: { ...body(newEnrolment), required: false },
  },
  responses: {
    201: answer('The code', createdEnrolment),
    ...changeRefusals,
  },
});

export const redeemEnrolmentCall = createRoute({
  method: 'post',
  path: '/api/v1/enrol',
  tags,
  summary: 'Use an enrolment code up, for a first token or a session of the console',
  description:
    'Needs no token. The new token stays within the roles of the person. A code that this gateway has not made is ' +
    '`enrolment_invalid`, whatever is wrong with it; ten such in a minute from one address make it wait. Without ' +
    '`token` it begins a session of the console, which counts as the whole person.',
  middleware: [jsonBody] as const,
  request: { query: noQuery, body: body(redemption) },
  responses: {
    201: answer('The token with its secret, or the session', redeemed),
    400: refusals[400],
    401: refusals[401],
    403: refusals[403],
    ...bodyRefusals,
    ...refusal409,
    ...refusal429,
    500: refusals[500],
    503: refusals[503],
  },
});
