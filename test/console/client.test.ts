import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { callsFile, consoleCalls } from './calls.ts';

it('the client of the console is what the OpenAPI document says of the calls it makes', async () => {
  const written = await readFile(callsFile, 'utf8');
  expect(written, 'run "npm run console:calls"').toBe(await consoleCalls());
});
