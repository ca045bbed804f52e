import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { receiptText } from './receipt.ts';
import { organizationShape, receiptShape, type OrganizationAnswer } from './shapes.ts';
import { renderFields, type Column } from '../terminal/table.ts';

const changedShape = z.looseObject({ organization: organizationShape, receipt: receiptShape.optional() });

const create: Action = {
  verb: 'create',
  summary: 'Add an organisation',
  options: {
    slug: { value: 'SLUG', help: 'Its short name in addresses and headers: a-z, 0-9, ".", "_" and "-"; it stays' },
    name: { value: 'NAME', help: 'What people call it; the slug unless told' },
  },
  required: ['slug'],
  examples: ['wayleave org create --slug acme --name "Acme Ltd"', 'wayleave org create --slug acme --json'],
  run: ({ input, client }) => {
    const { slug = '', name = slug } = input.values;
    return callAndShow(
      client,
      { method: 'POST', path: ['organizations'], body: { slug, name } },
      organizationShape,
      (made) => ({
        text: `${made.id}\n`,
        notes: [`organisation ${made.slug} made`],
      }),
    );
  },
};

const columns: readonly Column<OrganizationAnswer>[] = [
  { title: 'ID', cell: (organization) => organization.id },
  { title: 'SLUG', cell: (organization) => organization.slug },
  { title: 'NAME', cell: (organization) => organization.name, flexible: true },
  {
    title: 'STATUS',
    cell: (organization) => organization.status,
    colour: (organization) => (organization.status === 'active' ? 'green' : 'red'),
  },
];

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List organisations, newest first',
  options: listingOptions,
  examples: ['wayleave org list', 'wayleave org list --json'],
  run: (context) =>
    showListing(context, { path: ['organizations'], shape: organizationShape, columns, items: 'organisations' }),
};

const show: Action = {
  verb: 'show',
  aliases: ['get'],
  summary: 'Show one organisation',
  takes: ['ORG'],
  examples: ['wayleave org show acme'],
  run: ({ input, client, nowMs }) =>
    callAndShow(
      client,
      { method: 'GET', path: ['organizations', input.positionals[0] ?? ''] },
      organizationShape,
      (found) => ({
        text: renderFields([
          ['id', found.id],
          ['slug', found.slug],
          ['name', found.name],
          ['status', found.status],
          ['created', instantText(found.created_at, nowMs)],
        ]),
      }),
    ),
};

const edit: Action = {
  verb: 'edit',
  summary: 'Change the name of an organisation',
  takes: ['ORG'],
  options: { name: { value: 'NAME', help: 'What people call it from now on' } },
  required: ['name'],
  examples: ['wayleave org edit acme --name "Acme Group"'],
  run: (context) => change(context, { name: context.input.values['name'] }, 'is changed'),
};

const suspend: Action = {
  verb: 'suspend',
  summary: 'Refuse every token of an organisation until it is resumed',
  takes: ['ORG'],
  examples: ['wayleave org suspend acme', 'wayleave org suspend acme --yes'],
  warning: (input) => `This refuses every token of ${input.positionals[0]} at once, until it is resumed.`,
  run: (context) => change(context, { status: 'suspended' }, 'is suspended'),
};

const resume: Action = {
  verb: 'resume',
  summary: 'Take the tokens of a suspended organisation again',
  takes: ['ORG'],
  examples: ['wayleave org resume acme'],
  run: (context) => change(context, { status: 'active' }, 'is active'),
};

function change({ input, client }: ActionContext, body: object, done: string): Promise<ActionOutcome> {
  const [reference] = input.positionals;
  if (reference === undefined) return Promise.resolve(refused('ORG is missing'));
  const call = { method: 'PATCH', path: ['organizations', reference], body } as const;
  return callAndShow(client, call, changedShape, ({ organization, receipt }) => ({
    notes: [`organisation ${organization.slug} ${done}`, ...(receipt === undefined ? [] : [receiptText(receipt)])],
  }));
}

export const organizationActions: readonly Action[] = [create, list, show, edit, suspend, resume];
