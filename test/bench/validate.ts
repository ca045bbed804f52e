import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { patternOf, routeCount } from './large-table.ts';

/** What `wayleave validate` of a file with 10,000 routes takes, from its start to its end. */
export interface ValidateResult {
  readonly routes: number;
  /** One value a round. */
  readonly seconds: readonly number[];
}

/** Measures `rounds` rounds after one for warming up the disk's cache. @param program the built gateway */
export async function measureValidate(program: string, rounds: number): Promise<ValidateResult> {
  const file = join(await tempDir('validate'), 'gateway.yaml');
  writeFileSync(file, fileText());
  const seconds: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const start = systemClock.monotonic();
    // It fails when the file is not valid.
    execFileSync(process.execPath, [program, 'validate', '--strict', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (round >= 0) seconds.push((systemClock.monotonic() - start) / 1000);
  }
  return { routes: routeCount, seconds };
}

/** As people write it: names, paths, scopes by method. */
function fileText(): string {
  const routes = Array.from(
    { length: routeCount },
    (_, at) => `  - name: route-${at}
    match: { path: "${patternOf(at)}" }
    upstream: inventory
    scopes: { GET: device:read, "*": device:write }
`,
  );
  return `version: 1
scopes: { device:read: Read devices, device:write: Change devices }
projects: { analytics: { name: Analytics, roles: { admin: ["device:*"] } } }
upstreams: { inventory: { targets: ["http://127.0.0.1:9000"] } }
routes:
${routes.join('')}`;
}
