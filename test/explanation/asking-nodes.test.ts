import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AskingNodes } from '../../src/explanation/asking-nodes.ts';
import { PastDecisions } from '../../src/explanation/past-decisions.ts';
import { DecisionRing } from '../../src/gateway/decision-ring.ts';

const nothing = { document: undefined, nodes: [] };
let questions: number;
let nodes: AskingNodes;

beforeEach(() => {
  vi.useFakeTimers();
  questions = 0;
  nodes = new AskingNodes({
    past: new PastDecisions(new DecisionRing(), 'host/1'),
    others: () => Promise.resolve(['host/2']),
    questions: {
      ask: () => {
        questions++;
        return Promise.resolve(nothing);
      },
    },
  });
});

afterEach(() => void vi.useRealTimers());

test('a caller who asks in a loop about requests that never were makes the nodes read three questions a second', async () => {
  const viewer = { userId: 'usr_1', organizationId: 'org_1' };
  const ask = async () => (await nodes.find('never', viewer)).kind;
  for (let count = 0; count < 3; count++) expect(await ask()).toBe('unknown');
  for (let count = 0; count < 100; count++) expect(await ask()).toBe('busy');
  expect(questions).toBe(3);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await ask()).toBe('unknown');
  expect(questions).toBe(4);
});

test('many callers together make them read eight questions a second', async () => {
  const asked = await Promise.all(
    Array.from({ length: 50 }, (_, at) => nodes.find('never', { userId: `usr_${at}`, organizationId: 'org_1' })),
  );
  expect(asked.filter(({ kind }) => kind === 'unknown')).toHaveLength(8);
  expect(questions).toBe(8);
});
