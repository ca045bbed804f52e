import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenUse } from '../../src/core/token-use.ts';
import { UsageGatherer, usesOf, type TokenUsage, type UsageBatch } from '../../src/tokens/usage.ts';
import { count } from '../support/counts.ts';
import { ManualClock } from './fixture.ts';

const use = (given: Partial<TokenUse> = {}): TokenUse => ({
  tokenId: 'tok_1',
  route: 'devices',
  scopes: 'device:read',
  address: '192.0.2.1',
  outcome: 'allowed',
  ...given,
});

function gather(bounds?: { countsMax: number; knownMax: number }) {
  const clock = new ManualClock();
  const dropped: number[] = [];
  const gatherer = new UsageGatherer(clock, (uses) => dropped.push(uses), bounds);
  return { clock, gatherer, dropped };
}

const tokensOf = (batches: readonly UsageBatch[]): TokenUsage[] => batches.flatMap(({ tokens }) => tokens);
const idsOf = (batches: readonly UsageBatch[]): string[] => tokensOf(batches).map(({ tokenId }) => tokenId);

describe('UsageGatherer', () => {
  it('counts by token, route, scopes asked and hour', () => {
    const { clock, gatherer } = gather();
    const hourMs = clock.now();
    for (const one of [use(), use(), use({ outcome: 'denied' }), use({ scopes: 'device:write' })]) gatherer.note(one);
    clock.advance(3_600_000);
    gatherer.note(use({ outcome: 'invalid' }));
    const [token] = tokensOf(gatherer.take());
    expect(token?.counts).toEqual([
      { hourMs, route: 'devices', scopes: 'device:read', allowed: 2, refused: 1 },
      { hourMs, route: 'devices', scopes: 'device:write', allowed: 1, refused: 0 },
      { hourMs: hourMs + 3_600_000, route: 'devices', scopes: 'device:read', allowed: 0, refused: 1 },
    ]);
    expect(gatherer.take()).toEqual([]);
  });

  it('takes what was refused for its scopes as a use, and what had ended as none', () => {
    const { clock, gatherer } = gather();
    gatherer.note(use({ outcome: 'denied', address: '192.0.2.7', route: 'r' }));
    gatherer.note(use({ tokenId: 'tok_2', outcome: 'invalid' }));
    expect(tokensOf(gatherer.take()).map(({ lastUse }) => lastUse)).toEqual([
      { atMs: clock.now(), address: '192.0.2.7', route: 'r' },
      undefined,
    ]);
  });

  it('keeps for the report of a session what was done under it, every half second, and the methods that there are', () => {
    const { clock, gatherer } = gather();
    const session = { sessionId: 'tok_s', route: 'devices', address: '192.0.2.1' };
    for (const method of ['GET', 'GET', 'A-METHOD-OF-MY-OWN', 'ANOTHER']) {
      gatherer.note(use({ session: { ...session, method, code: undefined } }));
    }
    clock.advance(1000);
    gatherer.noteSession({ ...session, method: 'GET', code: 'assumed_read_only' });
    const atMs = clock.now() - 1000;
    const line = { route: 'devices', code: '', firstMs: atMs, lastMs: atMs };
    expect(gatherer.takeFirsts().flatMap(({ sessions = [] }) => sessions)).toEqual([
      {
        sessionId: 'tok_s',
        calls: [
          { ...line, method: 'GET', calls: 2 },
          { ...line, method: 'other', calls: 2 },
          { ...line, method: 'GET', code: 'assumed_read_only', calls: 1, firstMs: atMs + 1000, lastMs: atMs + 1000 },
        ],
        addresses: [{ address: '192.0.2.1', calls: 5, firstMs: atMs, lastMs: atMs + 1000 }],
      },
    ]);
    expect(gatherer.take().flatMap(({ sessions = [] }) => sessions)).toEqual([]);
  });

  it('never goes back in time, whatever the wall clock does', () => {
    const { clock, gatherer } = gather();
    const atMs = clock.now();
    gatherer.note(use());
    clock.setWall(atMs - 60_000);
    gatherer.note(use({ address: '192.0.2.9' }));
    expect(tokensOf(gatherer.take())[0]?.lastUse).toMatchObject({ atMs, address: '192.0.2.1' });
  });

  it('hands over first uses apart, each once', () => {
    const { gatherer } = gather();
    gatherer.note(use());
    expect(idsOf(gatherer.takeFirsts())).toEqual(['tok_1']);
    gatherer.note(use());
    gatherer.note(use({ tokenId: 'tok_2' }));
    expect(idsOf(gatherer.takeFirsts())).toEqual(['tok_2']);
    expect(idsOf(gatherer.takeFirsts())).toEqual([]);
    expect(idsOf(gatherer.take())).toEqual(['tok_1']);
  });

  it('splits what it hands over into batches of a bounded size, each with an id of its own', () => {
    const { gatherer } = gather();
    for (let token = 0; token < 1200; token++) gatherer.note(use({ tokenId: `tok_${token}` }));
    const batches = gatherer.take();
    expect(batches.map(({ tokens }) => tokens.length)).toEqual([500, 500, 200]);
    expect(new Set(batches.map(({ id }) => id)).size).toBe(3);
  });

  it('drops the oldest beyond its bound and says how many uses that were', () => {
    const { gatherer, dropped } = gather({ countsMax: 2, knownMax: 10 });
    for (const tokenId of ['tok_1', 'tok_1', 'tok_2', 'tok_3']) gatherer.note(use({ tokenId }));
    expect(dropped).toEqual([2]);
    expect(idsOf(gatherer.take())).toEqual(['tok_2', 'tok_3']);
    for (const route of ['a', 'b', 'c']) gatherer.note(use({ route }));
    expect(dropped).toEqual([2, 2]);
  });

  it('loses no use without saying so, and keeps its bound', () => {
    const step = fc.oneof(
      { weight: 9, arbitrary: fc.record({ token: fc.nat(5), route: fc.nat(3), minutes: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constantFrom('take', 'takeFirsts') },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { clock, gatherer, dropped } = gather({ countsMax: 7, knownMax: 3 });
        let noted = 0;
        let taken = 0;
        const add = (batches: readonly UsageBatch[]): void => {
          const counts = tokensOf(batches).flatMap((token) => token.counts);
          expect(counts.length).toBeLessThanOrEqual(7);
          taken += usesOf(counts);
        };
        for (const one of steps) {
          if (one === 'take') add(gatherer.take());
          else if (one === 'takeFirsts') add(gatherer.takeFirsts());
          else if (typeof one === 'object') {
            clock.advance(one.minutes * 60_000);
            gatherer.note(use({ tokenId: `tok_${one.token}`, route: `r${one.route}` }));
            noted++;
          }
        }
        add(gatherer.take());
        expect(taken + dropped.reduce((sum, uses) => sum + uses, 0)).toBe(noted);
      }),
      { numRuns: count(200, 5000) },
    );
  });
});
