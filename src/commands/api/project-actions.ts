import { renderTable, type Column } from '../terminal/table.ts';
import { callAndShow, type Action } from './action.ts';
import { pageOf, projectShape } from './shapes.ts';

interface RoleRow {
  readonly project: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
}

const columns: readonly Column<RoleRow>[] = [
  { title: 'PROJECT', cell: ({ project }) => project },
  { title: 'NAME', cell: ({ name }) => name, flexible: true },
  { title: 'ROLE', cell: ({ role }) => role },
  { title: 'SCOPES', cell: ({ scopes }) => scopes.join(' '), flexible: true },
];

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List projects and their roles, with the scopes that each role gives',
  options: { search: { value: 'TEXT', help: 'Only those with the text in their id or name' } },
  examples: ['wayleave project list', 'wayleave project list --search analytics'],
  run: ({ client, input, look }) => {
    const query = { search: input.values['search'] };
    return callAndShow(client, { method: 'GET', path: ['projects'], query }, pageOf(projectShape), ({ items }) => {
      const rows = items.flatMap(({ id, name, roles }) =>
        roles.map((role) => ({ project: id, name, role: role.id, scopes: role.scopes })),
      );
      if (rows.length === 0) return { text: '', notes: ['no projects'] };
      return { text: renderTable(columns, rows, look) };
    });
  },
};

export const projectActions: readonly Action[] = [list];
