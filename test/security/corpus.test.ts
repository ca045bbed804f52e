import { beforeAll, describe, expect, it } from 'vitest';
import { readCases, type CorpusCase } from './corpus/corpus-case.ts';
import { otherCodes } from './corpus/deviations.ts';
import { faultsOf } from './corpus/judge.ts';
import { slowFault } from './corpus/judge-client.ts';
import { runCase, type Observation } from './corpus/run-case.ts';
import { startWorld, type World } from './world.ts';

/** Routes that name their hosts are for the cases about hosts alone. */
const worlds = { 'target-host': { namesHosts: true }, others: { namesHosts: false } };
const started = new Map<keyof typeof worlds, World>();

beforeAll(async () => {
  for (const [name, options] of Object.entries(worlds)) {
    started.set(name as keyof typeof worlds, await startWorld(options));
  }
});

function worldOf(group: string): World {
  const world = started.get(group === 'target-host' ? group : 'others');
  if (world === undefined) throw new Error('nothing has been started');
  return world;
}

/** The case as it stands under the contract and today. */
function adjusted(corpusCase: CorpusCase): CorpusCase {
  const code = otherCodes[corpusCase.id]?.ours;
  const wish = corpusCase.expect;
  return { ...corpusCase, expect: code === undefined ? wish : { ...wish, code } };
}

const attempts = 3;

/** What is wrong with the answer to a case; mere slowness has to show each time. */
async function faultsNow(corpusCase: CorpusCase): Promise<string[]> {
  const world = worldOf(corpusCase.group);
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

for (const file of ['bad-inputs.jsonl', 'own-cases.jsonl']) {
  const cases = readCases(new URL(`../corpus/${file}`, import.meta.url)).map(adjusted);
  for (const group of new Set(cases.map((each) => each.group))) {
    describe(`${file}, ${group}`, () => {
      it.each(cases.filter((each) => each.group === group))('$id: $why', async (corpusCase) => {
        expect(await faultsNow(corpusCase)).toEqual([]);
      });
    });
  }
}

describe('over all cases', () => {
  it('the path that was judged is the path that was sent, and its own route judged it', async () => {
    const last = forwarded.at(-1)?.requestId ?? '';
    await expect.poll(() => worldOf('others').gateway.log()).toContain(last);
    const judged = new Map([...started.values()].flatMap(({ gateway }) => linesById(gateway.log())));
    for (const { id, requestId = '', path } of forwarded) {
      const line = judged.get(requestId);
      const shown = path.length > 1024 ? `${path.slice(0, 1024)}...` : path;
      expect({ id, path: line?.path, route: line?.route }).toEqual({ id, path: shown, route: path.split('/')[1] });
    }
  });
});

interface LogLine {
  readonly request_id?: string;
  readonly path?: string;
  readonly route?: string;
}

function linesById(log: string): [string, LogLine][] {
  const lines = log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogLine).map((line) => [line.request_id ?? '', line]);
}
