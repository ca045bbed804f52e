import { z } from 'zod';
import { callAndShow, type Action } from './action.ts';
import { findUserId } from './find-user.ts';
import { listingOptions, showListing } from './listing.ts';
import { findOrganization, organizationOption } from './organization-option.ts';
import { receiptText } from './receipt.ts';
import { authorizationShape, receiptShape, type AuthorizationAnswer } from './shapes.ts';
import { readList } from '../terminal/options.ts';
import type { Column } from '../terminal/table.ts';

const create: Action = {
  verb: 'create',
  aliases: ['grant'],
  summary: 'Grant roles of a project to a user',
  options: {
    ...organizationOption,
    user: { value: 'USER', help: 'The user, by id or username' },
    project: { value: 'PROJECT', help: 'A project of gateway.yaml, or `wayleave` for rights on Wayleave itself' },
    roles: { value: 'A,B', help: 'Roles of that project' },
  },
  required: ['user', 'project', 'roles'],
  examples: [
    'wayleave authorization create --org acme --user ci-bot --project analytics --roles viewer',
    'wayleave authorization grant --org acme --user usr_01jd3k --project wayleave --roles org-admin',
  ],
  run: async ({ input, client }) => {
    const { user = '', project = '', roles = '' } = input.values;
    const organization = await findOrganization(client, input);
    if (organization.kind === 'failed') return organization;
    const found = await findUserId(client, organization.body, user);
    if (found.kind === 'failed') return found;
    const body = { user_id: found.body, project, roles: readList(roles) };
    const call = { method: 'POST', path: ['organizations', organization.body, 'authorizations'], body } as const;
    return callAndShow(client, call, authorizationShape, (granted) => ({
      text: `${granted.id}\n`,
      notes: [`${user} now has ${granted.roles.map((role) => `${granted.project}/${role}`).join(', ')}`],
    }));
  },
};

const columns: readonly Column<AuthorizationAnswer>[] = [
  { title: 'ID', cell: (granted) => granted.id },
  { title: 'USER', cell: (granted) => granted.user_id },
  { title: 'PROJECT', cell: (granted) => granted.project, flexible: true },
  { title: 'ROLES', cell: (granted) => granted.roles.join(' '), flexible: true },
  { title: 'DANGLING', cell: (granted) => granted.dangling_roles?.join(' ') ?? '', colour: () => 'red' },
];

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List who has which roles in an organisation',
  options: {
    ...organizationOption,
    user: { value: 'USER', help: 'Only those of a user, by id or username' },
    ...listingOptions,
  },
  examples: ['wayleave authorization list --org acme', 'wayleave authorization list --org acme --user ci-bot'],
  run: async (context) => {
    const { user } = context.input.values;
    const organization = await findOrganization(context.client, context.input);
    if (organization.kind === 'failed') return organization;
    const found = user === undefined ? undefined : await findUserId(context.client, organization.body, user);
    if (found?.kind === 'failed') return found;
    return showListing(context, {
      path: ['organizations', organization.body, 'authorizations'],
      filter: { user_id: found?.body },
      shape: authorizationShape,
      columns,
      items: 'authorizations',
    });
  },
};

const removedShape = z.looseObject({ authorization: authorizationShape, receipt: receiptShape.optional() });

const remove: Action = {
  verb: 'delete',
  aliases: ['revoke', 'rm'],
  summary: 'Take granted roles away from a user',
  takes: ['AUTHORIZATION_ID'],
  options: organizationOption,
  examples: [
    'wayleave authorization delete aut_01jd3k --org acme',
    'wayleave authorization revoke aut_01jd3k --org acme --yes',
  ],
  warning: (input) => `This takes the roles of ${input.positionals[0]} away at once.`,
  run: async ({ input, client }) => {
    const organization = await findOrganization(client, input);
    if (organization.kind === 'failed') return organization;
    const path = ['organizations', organization.body, 'authorizations', input.positionals[0] ?? ''];
    return callAndShow(client, { method: 'DELETE', path }, removedShape, ({ authorization, receipt }) => ({
      notes: [
        `${authorization.user_id} no longer has ${authorization.project} by ${authorization.id}`,
        ...(receipt === undefined ? [] : [receiptText(receipt)]),
      ],
    }));
  },
};

export const authorizationActions: readonly Action[] = [create, list, remove];
