import { afterAll } from 'vitest';
import { cleanUp } from './cleanup.ts';

// Named by vitest.config.ts as the setup file of every test file, so that no test has to remember it.
afterAll(cleanUp);
