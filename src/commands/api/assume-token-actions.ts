import { z } from 'zod';
import { callAndShow, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { findUserId } from './find-user.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { findOrganization, organizationOption } from './organization-option.ts';
import { receiptText } from './receipt.ts';
import { assumeTokenShape, type AssumeTokenAnswer } from './assume-shapes.ts';
import { receiptShape } from './shapes.ts';
import { readList } from '../terminal/options.ts';
import type { Column } from '../terminal/table.ts';

const createdShape = z.looseObject({ assume_token: assumeTokenShape, secret: z.string() });
const changedShape = z.looseObject({ assume_token: assumeTokenShape, receipt: receiptShape.optional() });

const create: Action = {
  verb: 'create',
  aliases: ['issue'],
  summary: 'Let somebody act as a user of your organisation; the secret is printed once, alone on standard output',
  options: {
    validity: { value: 'TIME', help: 'How long it is good for: one of assume.lifetimes, such as 2h, 8h, 12h or 24h' },
    subject: { value: 'USER', help: 'Whom the upstream will see, by id or username; yourself unless told' },
    scopes: { value: 'A,B', help: 'What it allows; unless told, all that your token and the user have' },
    'allowed-actors': {
      value: 'A,B',
      help: 'Who may redeem it: ids of users, ids or slugs of organisations; unless told, whose organisation comes first',
    },
    'read-only': { help: 'Safe methods alone, and no upgrade' },
    reason: { value: 'TEXT', help: 'Why; required unless assume.require_reason is off' },
    ...organizationOption,
  },
  required: ['validity'],
  examples: [
    'wayleave assume-token create --validity 8h --reason "ticket 4711"',
    'wayleave assume-token create --validity 2h --subject ada --scopes device:read --read-only --reason "ticket 4711"',
    'wayleave assume-token create --validity 24h --allowed-actors support --reason "migration" > assume.txt',
  ],
  run: createAssumeToken,
};

async function createAssumeToken({ input, client, nowMs }: ActionContext): Promise<ActionOutcome> {
  const { validity, subject, scopes, reason, 'allowed-actors': allowedActors } = input.values;
  const organization = await findOrganization(client, input);
  if (organization.kind === 'failed') return organization;
  const found = subject === undefined ? undefined : await findUserId(client, organization.body, subject);
  if (found?.kind === 'failed') return found;
  const body = {
    validity,
    ...(found && { subject_user_id: found.body }),
    ...(scopes !== undefined && { scopes: readList(scopes) }),
    ...(allowedActors !== undefined && { allowed_actors: readList(allowedActors) }),
    ...(input.switches.has('read-only') && { read_only: true }),
    ...(reason !== undefined && { reason }),
  };
  const call = { method: 'POST', path: ['organizations', organization.body, 'assume-tokens'], body } as const;
  return callAndShow(client, call, createdShape, ({ assume_token: made, secret }) => ({
    text: `${secret}\n`,
    notes: [
      `assume-user token ${made.id} for ${made.subject.username} made; it may do ${doing(made)}; it ${ending(made, nowMs)}`,
      ...(made.discouraged ? ['A token without end is discouraged: delete it as soon as it is not needed.'] : []),
      'Its secret is shown this once; it is not stored.',
    ],
  }));
}

function doing({ scopes, read_only: isReadOnly }: AssumeTokenAnswer): string {
  return `${scopes.join(' ')}${isReadOnly ? ' (read-only)' : ''}`;
}

function ending({ expires_at: end }: AssumeTokenAnswer, nowMs: number): string {
  return end === null ? 'never expires' : `expires ${instantText(end, nowMs)}`;
}

function columns(nowMs: number): readonly Column<AssumeTokenAnswer>[] {
  return [
    { title: 'ID', cell: (token) => token.id },
    { title: 'SUBJECT', cell: (token) => token.subject.username, flexible: true },
    { title: 'ISSUED BY', cell: (token) => token.issued_by.username, flexible: true },
    {
      title: 'VALIDITY',
      cell: (token) => (token.discouraged ? `${token.validity} (discouraged)` : token.validity),
      colour: (token) => (token.discouraged ? 'yellow' : undefined),
    },
    {
      title: 'STATE',
      cell: (token) => token.state,
      colour: (token) => (token.state === 'active' ? 'green' : 'red'),
    },
    { title: 'GENERATED', cell: (token) => instantText(token.created_at, nowMs) },
    { title: 'EXPIRES', cell: ({ expires_at: end }) => (end === null ? 'never' : instantText(end, nowMs)) },
    { title: 'LAST 4', cell: (token) => token.last_four },
    { title: 'SCOPES', cell: doing, flexible: true },
    { title: 'REASON', cell: (token) => token.reason ?? '', flexible: true },
  ];
}

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List the assume-user tokens of your organisation, newest first; never their secrets',
  options: {
    state: { value: 'STATE', help: 'Only those that are active or expired' },
    ...organizationOption,
    ...listingOptions,
  },
  examples: ['wayleave assume-token list', 'wayleave assume-token list --state expired'],
  run: async (context) => {
    const organization = await findOrganization(context.client, context.input);
    if (organization.kind === 'failed') return organization;
    return showListing(context, {
      path: ['organizations', organization.body, 'assume-tokens'],
      filter: { state: context.input.values['state'] },
      shape: assumeTokenShape,
      columns: columns(context.nowMs),
      items: 'assume-user tokens',
    });
  },
};

const expire: Action = {
  verb: 'expire',
  summary: 'End an assume-user token and its sessions now; it stays listed as expired',
  takes: ['ASSUME_TOKEN_ID'],
  options: organizationOption,
  examples: ['wayleave assume-token expire asm_01jd3k --yes'],
  warning: (input) => `This will expire ${input.positionals[0]} and end its sessions at once, which can't be undone.`,
  run: (context) => endToken(context, 'expire'),
};

const remove: Action = {
  verb: 'delete',
  aliases: ['rm'],
  summary: 'End an assume-user token and its sessions now, and take it from the lists',
  takes: ['ASSUME_TOKEN_ID'],
  options: organizationOption,
  examples: ['wayleave assume-token delete asm_01jd3k --yes'],
  warning: (input) => `This ends ${input.positionals[0]} and its sessions for good, and takes it from the lists.`,
  run: (context) => endToken(context, 'delete'),
};

async function endToken({ input, client }: ActionContext, how: 'expire' | 'delete'): Promise<ActionOutcome> {
  const organization = await findOrganization(client, input);
  if (organization.kind === 'failed') return organization;
  const path = ['organizations', organization.body, 'assume-tokens', input.positionals[0] ?? ''];
  const call =
    how === 'expire' ? ({ method: 'POST', path: [...path, 'expire'] } as const) : ({ method: 'DELETE', path } as const);
  return callAndShow(client, call, changedShape, ({ assume_token: token, receipt }) => ({
    notes: [
      `assume-user token ${token.id} for ${token.subject.username} ${how === 'expire' ? 'has expired' : 'is deleted'}`,
      ...(receipt === undefined ? [] : [receiptText(receipt)]),
    ],
  }));
}

export const assumeTokenActions: readonly Action[] = [create, list, expire, remove];
