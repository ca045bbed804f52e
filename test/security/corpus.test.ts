import { beforeAll, describe, expect, it } from 'vitest';
import { readCases } from './corpus/corpus-case.ts';
import { startWorld, type World } from './world.ts';
import { faultsOf } from './corpus/judge.ts';
import { runCase } from './corpus/run-case.ts';

const files = { 'bad-inputs.jsonl': 1, 'own-cases.jsonl': 1 };

for (const file of Object.keys(files)) {
  const cases = readCases(new URL(`../corpus/${file}`, import.meta.url));
  for (const group of new Set(cases.map((each) => each.group))) {
    describe(`${file}, ${group}`, () => {
      let world: World;
      beforeAll(async () => {
        world = await worldFor(group);
      });
      it.each(cases.filter((each) => each.group === group))('$id: $why', async (corpusCase) => {
        const seen = await runCase(world, corpusCase);
        expect(faultsOf(corpusCase, seen, world.names)).toEqual([]);
      });
    });
  }
}

const worlds = new Map<boolean, Promise<World>>();

function worldFor(group: string): Promise<World> {
  const namesHosts = group === 'target-host';
  const known = worlds.get(namesHosts) ?? startWorld({ namesHosts });
  worlds.set(namesHosts, known);
  return known;
}
