import { expect, test } from 'vitest';
import { merged } from '../support/result-table.ts';

test('a part of a long run replaces the rows of its own files in the table of the day, and leaves the others', () => {
  const table = [
    '# Results of `npm run test:long`, 2030-01-01',
    '| test | result | seconds | figures |',
    '| --- | --- | ---: | --- |',
    '| test/core/a.test.ts: it holds | passed | 1.0 | 5 ms |',
    '| test/core/b.test.ts | failed |  | broken |',
    '| test/db/c.test.ts: first | passed | 2.0 |  |',
    '| test/db/c.test.ts: second | passed | 3.0 |  |',
  ].join('\n');
  const given = [
    { file: 'test/core/b.test.ts', rows: ['| test/core/b.test.ts: mended | passed | 0.1 |  |'] },
    { file: 'test/cluster/d.test.ts', rows: ['| test/cluster/d.test.ts: new | passed | 9.0 |  |'] },
  ];
  expect(merged(table, given)).toEqual([
    '| test/cluster/d.test.ts: new | passed | 9.0 |  |',
    '| test/core/a.test.ts: it holds | passed | 1.0 | 5 ms |',
    '| test/core/b.test.ts: mended | passed | 0.1 |  |',
    '| test/db/c.test.ts: first | passed | 2.0 |  |',
    '| test/db/c.test.ts: second | passed | 3.0 |  |',
  ]);
  expect(merged('', [])).toEqual([]);
});
