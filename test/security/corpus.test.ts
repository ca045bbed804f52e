import { beforeAll, describe, expect, it } from 'vitest';
import { readCases, type CorpusCase } from './corpus/corpus-case.ts';
import { otherCodes } from './corpus/deviations.ts';
import { faultsOf } from './corpus/judge.ts';
import { slowFault } from './corpus/judge-client.ts';
import { runCase, type Observation } from './corpus/run-case.ts';
import { startWorld, type World } from './world.ts';

const files = ['bad-inputs.jsonl', 'own-cases.jsonl'] as const;

/** The cases of a file come one after the other, for their upstream tells what it saw of one; the files go side by side. */
interface Worlds {
  /** For the cases about hosts alone: its routes name their hosts. */
  readonly hosts: World;
  readonly others: World;
}
const started = new Map<string, Worlds>();

beforeAll(async () => {
  const starting = files.map(async (file) => {
    const [hosts, others] = [await startWorld({ namesHosts: true }), await startWorld({ namesHosts: false })];
    started.set(file, { hosts, others });
  });
  await Promise.all(starting);
});

function worldsOf(file: string): Worlds {
  const worlds = started.get(file);
  if (worlds === undefined) throw new Error('nothing has been started');
  return worlds;
}

/** The case as it stands under the contract and today. */
function adjusted(corpusCase: CorpusCase): CorpusCase {
  const code = otherCodes[corpusCase.id]?.ours;
  const wish = corpusCase.expect;
  return { ...corpusCase, expect: code === undefined ? wish : { ...wish, code } };
}

const attempts = 3;

/** What is wrong with the answer to a case; mere slowness has to show each time. */
async function faultsNow(corpusCase: CorpusCase, { hosts, others }: Worlds): Promise<string[]> {
  const world = corpusCase.group === 'target-host' ? hosts : others;
  let faults: string[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    const seen = await runCase(world, corpusCase);
    remember(corpusCase, seen);
    faults = faultsOf(corpusCase, seen, world.names);
    if (faults.join() !== slowFault) return faults;
  }
  return faults;
}

interface Forwarded {
  readonly id: string;
  readonly group: string;
  readonly requestId: string | undefined;
  readonly path: string;
}
const forwarded: Forwarded[] = [];

function remember({ id, group }: CorpusCase, { upstream }: Observation): void {
  for (const { target, headers } of upstream.requests) {
    const requestId = headers.find(([name]) => name.toLowerCase() === 'x-request-id')?.[1];
    forwarded.push({ id, group, requestId, path: target.split('?', 1)[0] ?? '' });
  }
}

for (const file of files) {
  const cases = readCases(new URL(`../corpus/${file}`, import.meta.url)).map(adjusted);
  describe.concurrent(`the cases of ${file}`, () => {
    for (const group of new Set(cases.map((each) => each.group))) {
      describe(`about ${group}`, { concurrent: false }, () => {
        it.each(cases.filter((each) => each.group === group))('$id: $why', async (corpusCase) => {
          expect(await faultsNow(corpusCase, worldsOf(file))).toEqual([]);
        });
      });
    }
  });
}

describe('over all cases', () => {
  it('the path that was judged is the path that was sent, and its own route judged it', async () => {
    const logs = (): string[] =>
      files.map(worldsOf).flatMap(({ hosts, others }) => [hosts, others].map(({ gateway }) => gateway.log()));
    await expect.poll(() => missing(linesById(logs()))).toEqual([]);
    const judged = linesById(logs());
    for (const { id, requestId = '', path } of forwarded) {
      const line = judged.get(requestId);
      const shown = path.length > 1024 ? `${path.slice(0, 1024)}...` : path;
      expect({ id, path: line?.path, route: line?.route }).toEqual({ id, path: shown, route: path.split('/')[1] });
    }
  });
});

/** The cases of which something came to the upstream that stands in no log yet. */
function missing(judged: ReadonlyMap<string, LogLine>): string[] {
  return forwarded.filter(({ requestId = '' }) => !judged.has(requestId)).map(({ id }) => id);
}

interface LogLine {
  readonly request_id?: string;
  readonly path?: string;
  readonly route?: string;
}

function linesById(logs: readonly string[]): ReadonlyMap<string, LogLine> {
  const lines = logs.flatMap((log) => log.split('\n')).filter((line) => line.startsWith('{') && line.endsWith('}'));
  return new Map(lines.map((line) => JSON.parse(line) as LogLine).map((line) => [line.request_id ?? '', line]));
}
