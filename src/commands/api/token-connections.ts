import { z } from 'zod';
import { callAndShow, type Action } from './action.ts';
import { instantText } from './instant-text.ts';
import { connectionShape, pageOf, type ConnectionAnswer } from './shapes.ts';
import { listingOptions } from './listing.ts';
import { renderTable, type Column } from '../terminal/table.ts';

const answerShape = pageOf(connectionShape).extend({ node: z.string(), total: z.number() });

export const tokenConnections: Action = {
  verb: 'connections',
  summary: 'List what is under way by a token on the node that is asked',
  takes: ['TOKEN_ID'],
  options: { limit: listingOptions.limit },
  examples: ['wayleave token connections tok_01jd3k', 'wayleave token connections tok_01jd3k --json'],
  run: ({ input, client, nowMs, look }) => {
    const path = ['tokens', input.positionals[0] ?? '', 'connections'];
    const query = { limit: input.values['limit'] };
    return callAndShow(client, { method: 'GET', path, query }, answerShape, ({ items, node, total }) => ({
      text: items.length === 0 ? '' : renderTable(columns(nowMs), items, look),
      notes: [`${total === 0 ? 'nothing is' : `${items.length} of ${total}`} under way on ${node}`],
    }));
  },
};

function columns(nowMs: number): readonly Column<ConnectionAnswer>[] {
  return [
    { title: 'REQUEST', cell: ({ id }) => id },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'ROUTE', cell: ({ route }) => route ?? '' },
    { title: 'WHAT', cell: ({ method, path }) => `${method} ${path}`, flexible: true },
    { title: 'FROM', cell: (connection) => connection.remote_address },
    { title: 'SINCE', cell: ({ since }) => instantText(since, nowMs) },
    { title: 'BYTES IN', cell: (connection) => String(connection.bytes_in) },
    { title: 'BYTES OUT', cell: (connection) => String(connection.bytes_out) },
  ];
}
