import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { UsageGatherer, usesOf, type UsageBatch } from '../../src/tokens/usage.ts';
import { UsageWriter } from '../../src/tokens/usage-writer.ts';
import { ManualClock } from './fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const written: UsageBatch[] = [];
  const asked: string[] = [];
  const dropped: number[] = [];
  const faults: unknown[] = [];
  const state: { failure: Error | undefined; prunes: number } = { failure: undefined, prunes: 0 };
  const gatherer = new UsageGatherer(new ManualClock(), (uses) => dropped.push(uses));
  const writer = new UsageWriter({
    gatherer,
    store: {
      async write(batch) {
        asked.push(batch.id);
        if (state.failure !== undefined) throw state.failure;
        written.push(batch);
      },
      async prune() {
        state.prunes++;
      },
    },
    onDropped: (uses) => dropped.push(uses),
    onFault: (error) => faults.push(error),
  });
  writer.start();
  const note = (tokenId: string): void =>
    gatherer.note({ tokenId, route: 'r', scopes: '', address: '192.0.2.1', outcome: 'allowed' });
  const uses = (): number => usesOf(written.flatMap(({ tokens }) => tokens.flatMap(({ counts }) => counts)));
  return { writer, state, written, asked, dropped, faults, note, uses };
}

describe('UsageWriter', () => {
  it('writes a first use within a second and all else every ten', async () => {
    const { note, uses } = start();
    note('tok_1');
    await vi.advanceTimersByTimeAsync(1000);
    expect(uses()).toBe(1);
    note('tok_1');
    await vi.advanceTimersByTimeAsync(8000);
    expect(uses()).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(uses()).toBe(2);
  });

  it('gives the same batch again, under the same id, until the store takes it, and then what came meanwhile', async () => {
    const { state, note, asked, written, uses, dropped } = start();
    state.failure = new StoreUnavailable('away');
    note('tok_1');
    await vi.advanceTimersByTimeAsync(5000);
    note('tok_1');
    note('tok_2');
    expect(new Set(asked).size).toBe(1);
    expect(written).toEqual([]);
    state.failure = undefined;
    await vi.advanceTimersByTimeAsync(20_000);
    expect([written[0]?.id, uses(), dropped]).toEqual([asked[0], 3, []]);
  });

  it('writes what is left when it is closed', async () => {
    const { writer, note, uses } = start();
    note('tok_1');
    await writer.close();
    expect(uses()).toBe(1);
    note('tok_1');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(uses()).toBe(1);
  });

  it('counts as dropped what the store does not take at the end', async () => {
    const { writer, state, note, dropped } = start();
    state.failure = new StoreUnavailable('away');
    note('tok_1');
    note('tok_1');
    await writer.close();
    expect(dropped).toEqual([2]);
  });

  it('does not try a faulty batch again and again', async () => {
    const { state, note, asked, dropped, faults } = start();
    state.failure = new Error('a fault of the program');
    note('tok_1');
    await vi.advanceTimersByTimeAsync(5000);
    expect([asked.length, dropped, faults]).toEqual([1, [1], [state.failure]]);
  });

  it('prunes after a minute and every hour', async () => {
    const { state } = start();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(state.prunes).toBe(1);
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect(state.prunes).toBe(3);
  });
});
