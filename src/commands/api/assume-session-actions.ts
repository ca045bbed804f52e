import { z } from 'zod';
import { callAndShow, type Action, type ActionContext } from './action.ts';
import { actorText, sessionColumns, subjectText } from './assume-session-view.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { findOrganization, organizationOption } from './organization-option.ts';
import { receiptText } from './receipt.ts';
import { assumeReportShape, assumeSessionShape, type AssumeReportAnswer } from './assume-shapes.ts';
import { receiptShape } from './shapes.ts';
import { renderFields, renderTable, type Column, type TableLook } from '../terminal/table.ts';

const endedShape = z.looseObject({ assume_session: assumeSessionShape, receipt: receiptShape.optional() });

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List who acts, or has acted, as a user of your organisation: since when, from where, until when',
  options: {
    state: { value: 'STATE', help: 'Only those that are active or ended' },
    ...organizationOption,
    ...listingOptions,
  },
  examples: ['wayleave assume-session list --state active', 'wayleave assume-session list --json'],
  run: async (context) => {
    const organization = await findOrganization(context.client, context.input);
    if (organization.kind === 'failed') return organization;
    return showListing(context, {
      path: ['organizations', organization.body, 'assume-sessions'],
      filter: { state: context.input.values['state'] },
      shape: assumeSessionShape,
      columns: sessionColumns(context.nowMs),
      items: 'assumed sessions',
    });
  },
};

const end: Action = {
  verb: 'end',
  aliases: ['delete', 'rm'],
  summary: 'End an assumed session now; its assume-user token goes on',
  takes: ['SESSION_ID'],
  options: organizationOption,
  examples: ['wayleave assume-session end ase_01jd3k'],
  run: async (context) => {
    const path = await sessionPath(context);
    if (path.kind === 'failed') return path;
    const call = { method: 'DELETE', path: path.body } as const;
    return callAndShow(context.client, call, endedShape, ({ assume_session: session, receipt }) => ({
      notes: [
        `${actorText(session)} no longer acts as ${subjectText(session)} (${session.id})`,
        ...(receipt === undefined ? [] : [receiptText(receipt)]),
      ],
    }));
  },
};

const report: Action = {
  verb: 'report',
  summary: 'Show what was done under a session: routes, methods, counts, refusals, when and from where',
  takes: ['SESSION_ID'],
  options: organizationOption,
  examples: ['wayleave assume-session report ase_01jd3k', 'wayleave assume-session report ase_01jd3k --json'],
  run: async (context) => {
    const path = await sessionPath(context);
    if (path.kind === 'failed') return path;
    const call = { method: 'GET', path: [...path.body, 'report'] } as const;
    return callAndShow(context.client, call, assumeReportShape, (found) => ({
      text: reportText(found, context.nowMs, context.look),
      notes: found.is_final ? [] : ['the session is not over, or only just: some of it may be missing'],
    }));
  },
};

async function sessionPath({ client, input }: ActionContext) {
  const organization = await findOrganization(client, input);
  if (organization.kind === 'failed') return organization;
  const body = ['organizations', organization.body, 'assume-sessions', input.positionals[0] ?? ''];
  return { kind: 'answer', body } as const;
}

function reportText(found: AssumeReportAnswer, nowMs: number, look: TableLook): string {
  const { session, addresses, routes } = found;
  const seen = addresses.map(({ address, calls }) => `${address} (${calls})`);
  const fields = renderFields([
    ['session', session.id],
    ['actor', actorText(session)],
    ['as', subjectText(session)],
    ['by', session.assume_token_id],
    ['reason', session.reason],
    ['started', instantText(session.started_at, nowMs)],
    ['ended', session.ended_at && `${instantText(session.ended_at, nowMs)}, ${session.end_reason ?? 'ended'}`],
    ['requests', `${found.calls}, ${found.refused} of them refused`],
    ['first', found.first_at && instantText(found.first_at, nowMs)],
    ['last', found.last_at && instantText(found.last_at, nowMs)],
    ['from', seen.length === 0 ? null : seen.join(' ')],
  ]);
  return routes.length === 0 ? fields : `${fields}\n${renderTable(routeColumns(nowMs), routes, look)}`;
}

function routeColumns(nowMs: number): readonly Column<AssumeReportAnswer['routes'][number]>[] {
  return [
    { title: 'ROUTE', cell: (line) => line.route, flexible: true },
    { title: 'METHOD', cell: (line) => line.method },
    { title: 'ALLOWED', cell: (line) => String(line.allowed) },
    {
      title: 'REFUSED',
      cell: (line) => String(line.refused),
      colour: ({ refused }) => (refused > 0 ? 'red' : undefined),
    },
    { title: 'WHY', cell: ({ codes }) => Object.keys(codes).join(' '), flexible: true },
    { title: 'LAST', cell: (line) => instantText(line.last_at, nowMs) },
  ];
}

export const assumeSessionActions: readonly Action[] = [list, end, report];
