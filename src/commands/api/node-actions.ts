import { callAndShow, type Action } from './action.ts';
import { instantText } from './instant-text.ts';
import { nodeShape, pageOf, type NodeAnswer } from './shapes.ts';
import { renderTable, type Column } from '../terminal/table.ts';

function columns(nowMs: number): readonly Column<NodeAnswer>[] {
  return [
    { title: 'NAME', cell: (node) => node.name },
    { title: 'ADDRESS', cell: (node) => node.address },
    {
      title: 'STATE',
      cell: (node) => node.state,
      colour: (node) => (node.state === 'following' ? 'green' : 'red'),
    },
    { title: 'HEARD OF', cell: (node) => instantText(node.renewed_at, nowMs) },
    { title: 'AT NUMBER', cell: (node) => String(node.acknowledged) },
    { title: 'VERSION', cell: (node) => node.version },
    { title: 'REVISION', cell: (node) => node.revision },
  ];
}

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List the gateways that serve from the store, and how far each has followed the changes',
  examples: ['wayleave node list', 'wayleave node list --json'],
  run: ({ client, look, nowMs }) =>
    callAndShow(client, { method: 'GET', path: ['nodes'] }, pageOf(nodeShape), (page) => ({
      text: renderTable(columns(nowMs), page.items, look),
    })),
};

export const nodeActions: readonly Action[] = [list];
