import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/lib/breaker.ts';
import { Throttle } from '../../src/lib/throttle.ts';
import { ManualClock } from '../tokens/fixture.ts';

function openBreaker(clock = new ManualClock()): { breaker: Breaker; clock: ManualClock } {
  const breaker = new Breaker({ clock, failuresMax: 3, openMs: 1000 });
  for (let failures = 0; failures < 3; failures++) breaker.failed();
  return { breaker, clock };
}

describe('the breaker', () => {
  it('lets calls go until as many have failed in a row', () => {
    const breaker = new Breaker({ clock: new ManualClock(), failuresMax: 3, openMs: 1000 });
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    expect(breaker.admits()).toBe(true);
    breaker.failed();
    expect([breaker.isOpen, breaker.admits()]).toEqual([true, false]);
  });

  it('lets one call try after the time, and closes when it succeeds', () => {
    const { breaker, clock } = openBreaker();
    clock.advance(999);
    expect(breaker.admits()).toBe(false);
    clock.advance(1);
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.isOpen, breaker.admits(), breaker.admits()]).toEqual([false, true, true]);
  });

  it('opens for the whole time again when that one fails', () => {
    const { breaker, clock } = openBreaker();
    clock.advance(1000);
    expect(breaker.admits()).toBe(true);
    breaker.failed();
    clock.advance(999);
    expect(breaker.admits()).toBe(false);
    clock.advance(1);
    expect(breaker.admits()).toBe(true);
  });

  it('gives the next call its try a whole time later when the one that might have tried never asked', () => {
    const { breaker, clock } = openBreaker();
    breaker.stayedOut();
    clock.advance(1000);
    expect(breaker.admits()).toBe(true);
    breaker.stayedOut();
    expect(breaker.admits()).toBe(false);
    clock.advance(1000);
    expect(breaker.admits()).toBe(true);
  });

  it('lets every call go when it is closed from outside', () => {
    const { breaker } = openBreaker();
    breaker.close();
    expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
  });

  it('is not closed by a call that had gone before it opened', () => {
    const { breaker } = openBreaker();
    breaker.succeeded();
    expect(breaker.isOpen).toBe(true);
  });

  it('lets a call try at once when told to hasten', () => {
    const { breaker } = openBreaker();
    breaker.hasten();
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
  });
});

describe('the throttle', () => {
  it('lets one through in each stretch of time, and counts the others', () => {
    const clock = new ManualClock();
    const throttle = new Throttle(clock, 1000);
    expect([throttle.take(), throttle.take(), throttle.take()]).toEqual([0, undefined, undefined]);
    clock.advance(1000);
    expect([throttle.take(), throttle.take()]).toEqual([2, undefined]);
  });
});
