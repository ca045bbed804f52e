import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { renderFields, renderTable, type Column } from '../../../src/commands/terminal/table.ts';
import { exactTime, printable, relativeTime } from '../../../src/commands/terminal/text.ts';

interface Row {
  readonly id: string;
  readonly name: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: (row) => row.id, colour: () => 'green' },
  { title: 'NAME', cell: (row) => row.name, flexible: true },
];

describe('tables', () => {
  it('put columns under each other', () => {
    const text = renderTable(
      columns,
      [
        { id: 'tok_1', name: 'ci' },
        { id: 'tok_22', name: 'x' },
      ],
      { width: undefined, colours: false },
    );
    expect(text).toBe('ID      NAME\ntok_1   ci\ntok_22  x\n');
  });

  it('cut flexible columns to the terminal and leave ids whole', () => {
    const text = renderTable(columns, [{ id: 'tok_1', name: 'a very long name indeed' }], {
      width: 20,
      colours: false,
    });
    expect(text).toBe('ID     NAME\ntok_1  a very long …\n');
  });

  it('fit any terminal that is wide enough for the ids, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 20, max: 200 }), (names, width) => {
        const text = renderTable(
          columns,
          names.map((name) => ({ id: 'tok_1', name })),
          { width, colours: false },
        );
        for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('become blocks in a terminal that is too narrow for a line, with ids whole and no empty cells', () => {
    const rows = [
      { id: 'tok_01m8hpsg6s4s9dtrn8gm0tvn0z', name: 'a name that does not fit' },
      { id: 'tok_01m8hpsfrzxs7pskm2n3aynh5z', name: '' },
    ];
    expect(renderTable(columns, rows, { width: 37, colours: false })).toBe(
      'ID    tok_01m8hpsg6s4s9dtrn8gm0tvn0z\nNAME  a name that does not fit\n\nID    tok_01m8hpsfrzxs7pskm2n3aynh5z\n',
    );
    expect(renderTable(columns, rows, { width: 20, colours: false })).toContain('\nNAME  a name that d…\n');
    expect(renderTable(columns, rows, { width: 38, colours: false })).toBe(
      'ID                              NAME\n' +
        'tok_01m8hpsg6s4s9dtrn8gm0tvn0z  a nam…\ntok_01m8hpsfrzxs7pskm2n3aynh5z\n',
    );
  });

  it('colour only where colours are wanted', () => {
    const rows = [{ id: 'tok_1', name: 'ci' }];
    expect(renderTable(columns, rows, { width: undefined, colours: true })).toContain('\u001b[32mtok_1\u001b[0m');
    expect(renderTable(columns, rows, { width: undefined, colours: false })).not.toContain('\u001b');
  });

  it('never pass on a control or formatting character that somebody put into a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const text = renderTable(columns, [{ id: 'tok_1', name }], { width: undefined, colours: false });
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(text.split('\n')).toHaveLength(3);
      }),
    );
    expect(renderFields([['name', 'a\u001b[31mb\u202ec']])).toBe('name  a?[31mb?c\n');
  });
});

describe('dates', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');

  it.each([
    [0, 'now'],
    [30_000, 'in 30 s'],
    [-90_000, '1 min ago'],
    [2 * 3_600_000, 'in 2 h'],
    [12.5 * 86_400_000, 'in 12 d'],
    [-400 * 86_400_000, '400 d ago'],
  ])('%d ms from now reads %s', (distance, text) => {
    expect(relativeTime(now + distance, now)).toBe(text);
  });

  it('are exact to the minute, in UTC', () => {
    expect(exactTime(now)).toBe('2030-01-01 00:00');
  });
});

describe('text of others', () => {
  it('keeps letters of every script', () => {
    expect(printable('Zoë 数据')).toBe('Zoë 数据');
  });
});
