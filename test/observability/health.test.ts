import { describe, expect, it } from 'vitest';
import { createReadiness } from '../../src/observability/health.ts';

const good = { name: 'config', run: () => Promise.resolve(undefined) };

describe('readiness', () => {
  it('holds while every check passes', async () => {
    expect(await createReadiness([good]).check()).toEqual({
      ready: true,
      checks: [
        { name: 'config', ok: true },
        { name: 'draining', ok: true },
      ],
    });
  });

  it.each([
    ['says no', () => Promise.resolve('nobody is there'), 'nobody is there'],
    ['fails', () => Promise.reject(new Error('broken')), 'broken'],
    ['never answers', () => new Promise<undefined>(() => undefined), 'no answer within 5 ms'],
  ])('ends when a check %s, and says which and why', async (_what, run, detail) => {
    const report = await createReadiness([good, { name: 'store', run }], 5).check();
    expect(report.ready).toBe(false);
    expect(report.checks[1]).toEqual({ name: 'store', ok: false, detail });
  });

  it('ends when the gateway drains', async () => {
    const readiness = createReadiness([good]);
    readiness.drain();
    expect(await readiness.check()).toMatchObject({
      ready: false,
      checks: [{ ok: true }, { name: 'draining', ok: false }],
    });
  });
});
