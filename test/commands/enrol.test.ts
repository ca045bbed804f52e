import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { tempDir } from '../support/temp-dir.ts';
import { stubApi, tokenBody } from './api/stub-api.ts';
import { memoryIo, type MemoryIoOptions } from './memory-io.ts';

const wish = ['--name', 'laptop', '--scopes', 'wayleave:self,device:read'];
const created = { status: 201, body: { token: tokenBody, secret: 'wl_pat_secret' } };

async function run(
  args: readonly string[],
  options: MemoryIoOptions = {},
  answer: { status: number; body: unknown } = created,
) {
  const api = await stubApi([answer]);
  const io = memoryIo({ env: { WAYLEAVE_SERVER: api.server }, ...options });
  const exit = await main(['enrol', ...args], io);
  return { exit, out: io.out.join(''), err: io.err.join(''), calls: api.calls, io };
}

describe('wayleave enrol', () => {
  it('sends the code from standard input, without any token, and prints the secret alone', async () => {
    const { exit, out, err, calls } = await run([...wish, '--lifetime', '30d'], { stdin: 'wl_enr_code\n' });
    expect({ exit, out }).toEqual({ exit: 0, out: 'wl_pat_secret\n' });
    expect(err).toContain('shown this once');
    expect(calls).toEqual([
      {
        method: 'POST',
        target: '/api/v1/enrol',
        authorization: undefined,
        body: {
          code: 'wl_enr_code',
          token: { name: 'laptop', scopes: ['wayleave:self', 'device:read'], lifetime: '30d' },
        },
      },
    ]);
  });

  it('never sends a token that happens to be in the environment', async () => {
    const api = await stubApi([created]);
    const io = memoryIo({ env: { WAYLEAVE_SERVER: api.server, WAYLEAVE_TOKEN: 'wl_pat_other' }, stdin: 'wl_enr_code' });
    expect(await main(['enrol', ...wish], io)).toBe(0);
    expect(api.calls[0]?.authorization).toBeUndefined();
  });

  it('reads the code from a file, and says so when it cannot', async () => {
    const file = join(await tempDir(), 'code.txt');
    await writeFile(file, 'wl_enr_filed\n');
    expect((await run([...wish, '--code-file', file])).calls[0]?.body).toMatchObject({ code: 'wl_enr_filed' });
    const missing = await run([...wish, '--code-file', `${file}.not`]);
    expect(missing).toMatchObject({ exit: 1, out: '', calls: [] });
    expect(missing.err).toContain('cannot be read (ENOENT)');
  });

  it('asks a person at a terminal', async () => {
    const { calls, io } = await run(wish, { terminal: { interactive: true }, answer: 'wl_enr_typed' });
    expect(io.questions).toEqual(['Enrolment code: ']);
    expect(calls[0]?.body).toMatchObject({ code: 'wl_enr_typed' });
  });

  it.each([
    ['nothing at all', ''],
    ['several words', 'the code is wl_enr_code'],
    ['a file that is no code', 'x'.repeat(5000)],
  ])('sends no call for %s', async (_what, stdin) => {
    const { exit, err, calls } = await run(wish, { stdin });
    expect({ exit, calls }).toEqual({ exit: 1, calls: [] });
    expect(err).toContain('there is no enrolment code in standard input');
  });

  it('refuses a code among its arguments, and does not repeat it', async () => {
    const code = `wl_enr_${'a'.repeat(46)}`;
    const { exit, err, calls } = await run([...wish, code]);
    expect({ exit, calls }).toEqual({ exit: 1, calls: [] });
    expect(err).not.toContain(code);
  });

  it('speaks of no token when the person of the code is disabled', async () => {
    const answer = { status: 401, body: { title: 'The user is disabled', status: 401, code: 'user_disabled' } };
    const { exit, err } = await run(wish, { stdin: 'wl_enr_code' }, answer);
    expect(exit).toBe(1);
    expect(err).toContain('user_disabled');
    expect(err).not.toContain('WAYLEAVE_TOKEN');
  });

  it('tells why a code does not count, and prints no secret', async () => {
    const problem = { title: 'Bad Request', status: 400, code: 'enrolment_used', detail: 'The code has been used.' };
    const { exit, out, err } = await run(wish, { stdin: 'wl_enr_code' }, { status: 400, body: problem });
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
    expect(err).toContain('enrolment_used');
  });
});
