import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { listingOptions, showListing } from './listing.ts';
import { enrol } from './enrolment-action.ts';
import { findOrganization, organizationOption } from './organization-option.ts';
import { receiptText } from './receipt.ts';
import { userShape } from './shapes.ts';
import { changedUserShape, userPath, type UserFlavour } from './user-path.ts';
import { deleteUser } from './user-removal-action.ts';
import { userColumns, userFields } from './user-view.ts';
import type { OptionTable } from '../terminal/options.ts';

/** The verbs of `wayleave user` and `wayleave service-user`. */
export function userActions(flavour: UserFlavour): readonly Action[] {
  return [
    createUser(flavour),
    listUsers(flavour),
    showUser(flavour),
    editUser(flavour),
    statusAction(flavour, 'disable', `Refuse every token of a ${flavour.called} until it is enabled again`, 'disabled'),
    statusAction(flavour, 'enable', `Take the tokens of a disabled ${flavour.called} again`, 'active'),
    ...(flavour.kind === 'human' ? [enrol] : [confirmUser(flavour)]),
    deleteUser(flavour),
  ];
}

function createUser(flavour: UserFlavour): Action {
  const { noun, called, exampleName } = flavour;
  return {
    verb: 'create',
    summary: `Add a ${called} to an organisation`,
    options: {
      ...organizationOption,
      username: {
        value: 'USERNAME',
        help: 'Unique in the organisation and never given again: a-z, 0-9, ".", "_", "-"',
      },
      name: { value: 'NAME', help: 'What people read; the username unless told' },
      ...flavour.details,
      ...flavour.fixed,
    },
    required: ['username'],
    examples: [`wayleave ${noun} create --org acme --username ${exampleName}`],
    run: async ({ input, client }) => {
      const organization = await findOrganization(client, input);
      if (organization.kind === 'failed') return organization;
      const { username = '', name = username } = input.values;
      const details = detailsOf(input.values, { ...flavour.details, ...flavour.fixed });
      const body = { kind: flavour.kind, username, name, ...details };
      const path = ['organizations', organization.body, 'users'];
      return callAndShow(client, { method: 'POST', path, body }, userShape, (user) => ({
        text: `${user.id}\n`,
        notes: [`${called} ${user.username} made`],
      }));
    },
  };
}

function listUsers({ noun, kind, plural }: UserFlavour): Action {
  return {
    verb: 'list',
    aliases: ['ls'],
    summary: `List the ${plural} of an organisation, newest first`,
    options: {
      ...organizationOption,
      search: { value: 'TEXT', help: 'Only those with the text in their username or name' },
      ...(kind === 'service' && { review: { help: 'Only those whose owner is gone, and who await a decision' } }),
      ...listingOptions,
    },
    examples: [`wayleave ${noun} list --org acme`, `wayleave ${noun} list --org acme --json`],
    run: async (context) => {
      const { search } = context.input.values;
      const organization = await findOrganization(context.client, context.input);
      if (organization.kind === 'failed') return organization;
      const path = ['organizations', organization.body, 'users'];
      const review = context.input.switches.has('review');
      const columns = userColumns(review ? 'review' : kind);
      const filter = { kind, search, review: review ? 'true' : undefined };
      return showListing(context, { path, filter, shape: userShape, columns, items: plural });
    },
  };
}

function showUser({ noun, called, exampleName }: UserFlavour): Action {
  return {
    verb: 'show',
    aliases: ['get'],
    summary: `Show one ${called}`,
    takes: ['USER'],
    options: organizationOption,
    examples: [`wayleave ${noun} show ${exampleName} --org acme`],
    run: async (context) => {
      const path = await userPath(context);
      if (path.kind === 'failed') return path;
      return callAndShow(context.client, { method: 'GET', path: path.body }, userShape, (user) => ({
        text: userFields(user, context.nowMs),
      }));
    },
  };
}

function editUser(flavour: UserFlavour): Action {
  const { noun, called, exampleName } = flavour;
  return {
    verb: 'edit',
    summary: `Change what is said about a ${called}`,
    takes: ['USER'],
    options: { ...organizationOption, name: { value: 'NAME', help: 'What people read' }, ...flavour.details },
    examples: [`wayleave ${noun} edit ${exampleName} --org acme --name "New name"`],
    run: (context) => {
      const { name } = context.input.values;
      const body = { ...(name !== undefined && { name }), ...detailsOf(context.input.values, flavour.details) };
      if (Object.keys(body).length === 0)
        return Promise.resolve(refused('nothing to change: give at least one option'));
      return change(context, body, 'is changed');
    },
  };
}

function statusAction(flavour: UserFlavour, verb: string, summary: string, status: string): Action {
  return {
    verb,
    summary,
    takes: ['USER'],
    options: organizationOption,
    examples: [`wayleave ${flavour.noun} ${verb} ${flavour.exampleName} --org acme`],
    run: (context) => change(context, { status }, `is ${status}`),
  };
}

function confirmUser({ noun, called, exampleName }: UserFlavour): Action {
  return {
    verb: 'confirm',
    summary: `Take a ${called} off the review list as it is; another owner, by edit, does so too`,
    takes: ['USER'],
    options: organizationOption,
    examples: [`wayleave ${noun} list --org acme --review`, `wayleave ${noun} confirm ${exampleName} --org acme`],
    run: (context) => change(context, { reviewed: true }, 'is confirmed: it stays as it is'),
  };
}

async function change(context: ActionContext, body: object, done: string): Promise<ActionOutcome> {
  const path = await userPath(context);
  if (path.kind === 'failed') return path;
  return callAndShow(
    context.client,
    { method: 'PATCH', path: path.body, body },
    changedUserShape,
    ({ user, receipt }) => ({
      notes: [`${user.username} ${done}`, ...(receipt === undefined ? [] : [receiptText(receipt)])],
    }),
  );
}

/** The values that are given of these options, under the names of the API. */
function detailsOf(values: Readonly<Record<string, string | undefined>>, options: OptionTable): Record<string, string> {
  const given = Object.keys(options).flatMap((option) => {
    const value = values[option];
    return value === undefined ? [] : [[option.replaceAll('-', '_'), value] as const];
  });
  return Object.fromEntries(given);
}
