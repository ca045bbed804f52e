import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attemptsMax, retryDelayMs } from '../../src/webhooks/retry-schedule.ts';

const hourMs = 3_600_000;

function delays(random: number): number[] {
  return Array.from({ length: attemptsMax - 1 }, (_, at) => retryDelayMs(at + 1, random) ?? 0);
}

it('begins within seconds, grows with each attempt, and ends within about three days', () => {
  const middle = delays(0.5);
  expect(middle[0]).toBe(5000);
  expect(middle).toEqual(middle.toSorted((one, other) => one - other));
  const totals = [0, 1].map((random) => delays(random).reduce((sum, delay) => sum + delay, 0));
  expect(Math.min(...totals)).toBeGreaterThan(48 * hourMs);
  expect(Math.max(...totals)).toBeLessThan(76 * hourMs);
});

it('ends with the last attempt', () => {
  expect(retryDelayMs(attemptsMax, 0.5)).toBeUndefined();
});

it('never brings two nodes into step: each delay differs by up to a fifth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: attemptsMax - 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, random) => {
        const [middle = 0, delay = 0] = [retryDelayMs(attempt, 0.5), retryDelayMs(attempt, random)];
        expect(Math.abs(delay - middle)).toBeLessThanOrEqual(middle / 5 + 1);
      },
    ),
  );
});
