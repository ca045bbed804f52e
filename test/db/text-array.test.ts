import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { connect } from '../../src/db/client.ts';
import { readTextArray, writeTextArray } from '../../src/db/text-array.ts';
import { count } from '../support/counts.ts';
import { freshDatabase } from '../support/postgres.ts';

const { url } = await freshDatabase();
const sql = connect({ url }, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
afterAll(() => sql.end());

// A NUL is no character of Postgres, and half of a surrogate pair none of UTF-8.
const item = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'NULL', '{}', 'a,b', '"', '\\', ' ', '\n', '{"a"}'))
  .filter((text) => !text.includes('\0') && !/\p{Cs}/u.test(text));

test('a list of texts comes back from the database as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(item), async (list) => {
      const [row] = await sql`SELECT ${list}::text[] AS list, cardinality(${list}::text[]) AS length`;
      expect(row).toEqual({ list, length: list.length });
    }),
    { numRuns: count(200, 5000) },
  );
});

test('writing and reading are each other’s reverse', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (list) => {
      expect(readTextArray(writeTextArray(list))).toEqual(list);
    }),
  );
});
