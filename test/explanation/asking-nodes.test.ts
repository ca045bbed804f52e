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

const askAtOnce = (count: number, organizationOf: (at: number) => string) =>
  Promise.all(
    Array.from({ length: count }, (_, at) =>
      nodes.find('never', { userId: `usr_${at}`, organizationId: organizationOf(at) }),
    ),
  );

test('an organisation whose members all ask makes them read four questions a second, and others have their turn', async () => {
  await askAtOnce(50, () => 'org_1');
  expect(questions).toBe(4);
  expect(await nodes.find('never', { userId: 'usr_other', organizationId: 'org_2' })).toMatchObject({
    kind: 'unknown',
  });
});

test('all organisations together make them read sixteen questions a second', async () => {
  const asked = await askAtOnce(50, (at) => `org_${at}`);
  expect(asked.filter(({ kind }) => kind === 'unknown')).toHaveLength(16);
  expect(questions).toBe(16);
});
