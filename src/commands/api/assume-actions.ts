import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { actorText, sessionColumns, subjectText } from './assume-session-view.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { receiptText } from './receipt.ts';
import { assumeSessionShape } from './assume-shapes.ts';
import { pageOf, receiptShape } from './shapes.ts';

const startedShape = z.looseObject({
  token: z.string(),
  id: z.string(),
  subject: z.looseObject({ username: z.string() }),
  organization: z.looseObject({ slug: z.string() }),
  scopes: z.array(z.string()),
  expires_at: z.string(),
});

const start: Action = {
  verb: 'start',
  summary: "Redeem an assume-user token; the session's token is printed once, alone on standard output",
  options: { reason: { value: 'TEXT', help: 'Why; required unless assume.require_reason is off' } },
  examples: [
    'wayleave assume start --reason "ticket 4711" < assume.txt',
    'SESSION=$(printf %s "$ASSUME" | wayleave assume start --reason "ticket 4711")',
  ],
  run: redeem,
};

/** An assume-user token is a secret, so it is no argument either. */
async function redeem({ input, client, nowMs, readSecret }: ActionContext): Promise<ActionOutcome> {
  const { reason, token: source } = input.values;
  if (source !== undefined) {
    return refused('standard input is for the assume-user token; your own comes from WAYLEAVE_TOKEN');
  }
  const token = (await readSecret('The assume-user token: ')).trim();
  if (token === '')
    return refused('there is no assume-user token on standard input: wayleave assume start < assume.txt');
  const body = { token, ...(reason !== undefined && { reason }) };
  return callAndShow(client, { method: 'POST', path: ['assume'], body }, startedShape, (session) => ({
    text: `${session.token}\n`,
    notes: [
      `you act as ${session.subject.username}@${session.organization.slug} until ${instantText(session.expires_at, nowMs)}; you may do ${session.scopes.join(' ') || 'nothing'}`,
      `everything is recorded under your name; end it with: wayleave assume stop ${session.id}`,
    ],
  }));
}

const status: Action = {
  verb: 'status',
  aliases: ['list'],
  summary: 'List the sessions in which you act as somebody else, or have',
  options: { state: { value: 'STATE', help: 'Only those that are active (unless told) or ended' }, ...listingOptions },
  examples: ['wayleave assume status', 'wayleave assume status --state ended'],
  run: (context) =>
    showListing(context, {
      path: ['assume'],
      filter: { state: context.input.values['state'] ?? 'active' },
      shape: assumeSessionShape,
      columns: sessionColumns(context.nowMs),
      items: 'assumed sessions',
    }),
};

const stoppedShape = z.looseObject({ assume_session: assumeSessionShape, receipt: receiptShape.optional() });

const stop: Action = {
  verb: 'stop',
  aliases: ['end'],
  summary: 'End a session of yours; the only one there is, unless told',
  takes: ['[SESSION_ID]'],
  examples: ['wayleave assume stop', 'wayleave assume stop ase_01jd3k'],
  run: async ({ input, client }) => {
    const id = input.positionals[0] ?? (await onlySession(client));
    if (typeof id !== 'string') return id;
    const call = { method: 'DELETE', path: ['assume', id] } as const;
    return callAndShow(client, call, stoppedShape, ({ assume_session: session, receipt }) => ({
      notes: [
        `${actorText(session)} no longer acts as ${subjectText(session)} (${session.id})`,
        ...(receipt === undefined ? [] : [receiptText(receipt)]),
      ],
    }));
  },
};

/** The id of the one active session. */
async function onlySession(client: ActionContext['client']): Promise<string | ActionOutcome> {
  const query = { state: 'active', limit: '2' };
  const page = await client.call({ method: 'GET', path: ['assume'], query }, pageOf(assumeSessionShape));
  if (page.kind === 'failed') return page;
  const [session, another] = page.body.items;
  if (session === undefined) return refused('you act as nobody else at this moment');
  if (another !== undefined) return refused('there are several: say which is meant (wayleave assume status)');
  return session.id;
}

export const assumeActions: readonly Action[] = [start, status, stop];
