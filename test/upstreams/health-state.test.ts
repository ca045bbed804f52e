import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { afterCheck, trusted, type HealthRules } from '../../src/upstreams/health-state.ts';

const twoAndThree: HealthRules = { unhealthyAfter: 2, healthyAfter: 3 };

/** What is thought after each check: `+` passed or healthy, `-` failed or unhealthy. */
function course(checks: string, rules: HealthRules): string {
  let state = trusted;
  return [...checks]
    .map((check) => {
      state = afterCheck(state, check === '+', rules);
      return state.isHealthy ? '+' : '-';
    })
    .join('');
}

describe('a target', () => {
  it.each([
    ['is trusted before it has ever answered', '-', '+'],
    ['is unhealthy after failures in a row', '+--', '++-'],
    ['is not so for failures that do not follow one another', '-+-+-+', '++++++'],
    ['is healthy again after successes in a row', '--+++', '+---+'],
    ['is not so for successes that do not follow one another', '--++-++-+++', '+---------+'],
    ['begins to count anew after each change', '--+++-+--', '+---++++-'],
  ])('%s', (_, checks, thought) => {
    expect(course(checks, twoAndThree)).toBe(thought);
  });

  it('changes with the first check that speaks against it, where one is enough', () => {
    expect(course('+-+-', { unhealthyAfter: 1, healthyAfter: 1 })).toBe('+-+-');
  });

  it('is thought of as the last run of checks that was long enough says, whatever the checks', () => {
    const counts = fc.integer({ min: 1, max: 5 });
    const checks = fc.array(fc.constantFrom('+', '-'), { maxLength: 60 }).map((all) => all.join(''));
    fc.assert(
      fc.property(checks, counts, counts, (all, unhealthyAfter, healthyAfter) => {
        const thought = course(all, { unhealthyAfter, healthyAfter });
        for (let end = 1; end <= all.length; end++) {
          const lastSick = all.slice(0, end).lastIndexOf('-'.repeat(unhealthyAfter));
          const lastWell = all.slice(0, end).lastIndexOf('+'.repeat(healthyAfter));
          const isHealthy = lastSick === -1 || lastWell > lastSick;
          expect(thought[end - 1]).toBe(isHealthy ? '+' : '-');
        }
      }),
    );
  });
});
