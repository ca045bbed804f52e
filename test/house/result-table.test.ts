import { expect, test } from 'vitest';
import { fileRows, merged } from '../support/result-table.ts';

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

test('the table counts the tests of a file, and names those that failed, have figures or took long', () => {
  const quick = { state: 'passed', seconds: 0.25, figures: '' };
  const tests = [
    { ...quick, name: 'first' },
    { ...quick, name: 'second' },
    { ...quick, name: 'measured', figures: '5 ms' },
    { ...quick, name: 'long', seconds: 61.5 },
    { ...quick, name: 'wrong', state: 'failed' },
  ];
  expect(fileRows('test/core/a.test.ts', tests)).toEqual([
    '| test/core/a.test.ts | 4 passed, 1 failed | 62.5 |  |',
    '| test/core/a.test.ts: measured | passed | 0.3 | 5 ms |',
    '| test/core/a.test.ts: long | passed | 61.5 |  |',
    '| test/core/a.test.ts: wrong | failed | 0.3 |  |',
  ]);
  expect(fileRows('test/core/b.test.ts', [{ ...quick, name: 'only' }])).toEqual([
    '| test/core/b.test.ts | 1 passed | 0.3 |  |',
  ]);
});
