import { beforeAll, expect, it } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { count } from '../support/counts.ts';
import { sendRaw } from '../support/raw-client.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

/** The greatest difference of two medians; under `npm test` there are too few tries to tell. */
const differenceMax = count(Number.POSITIVE_INFINITY, 0.05);

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

it('how long a refusal takes does not tell a token that begins as a known one from an invented one', async () => {
  const tokens = { invented: mintToken('wl', 'pat'), sameStart: world.names.get('T_SAME_PREFIX_WRONG_TAIL') ?? '' };
  const times = { invented: [] as number[], sameStart: [] as number[] };
  const names = ['invented', 'sameStart'] as const;
  const ask = async (name: (typeof names)[number]): Promise<number> => {
    const head = `GET /api/items HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${tokens[name]}\r\n\r\n`;
    const { answers } = await sendRaw(world.gateway.port, head);
    expect(answers).toMatchObject([{ status: 401 }]);
    return answers[0]?.atMs ?? Number.NaN;
  };
  // Once before, so that both are equally well known to be unknown.
  for (const name of names) await ask(name);
  for (let round = 0; round < count(50, 2000); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) times[name].push(await ask(name));
  }
  expect(Math.abs(median(times.sameStart) / median(times.invented) - 1)).toBeLessThanOrEqual(differenceMax);
});
