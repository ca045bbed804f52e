/**
 * Writes admin/src/api/calls.ts: the types of the calls that the console makes, from the OpenAPI document of the sources.
 * `npm run console:calls`, whenever the console makes another call or one of these changes; a test compares.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { callsFile, consoleCalls } from '../test/console/calls.ts';

writeFileSync(fileURLToPath(callsFile), await consoleCalls());
