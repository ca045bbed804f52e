import { expect, test } from 'vitest';
import { schemaCommand } from '../../src/commands/schema.ts';
import { memoryIo } from './memory-io.ts';

test('the schema goes to standard output alone, as JSON that an editor reads', async () => {
  const io = memoryIo();
  expect(await schemaCommand.run([], io)).toBe(0);
  expect(io.err).toEqual([]);
  expect(JSON.parse(io.out.join(''))).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['version', 'upstreams', 'routes'],
    additionalProperties: false,
  });
});
