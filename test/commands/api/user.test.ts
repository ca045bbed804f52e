import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/commands/command.ts';
import { serviceUserCommand } from '../../../src/commands/service-user.ts';
import { userCommand } from '../../../src/commands/user.ts';
import { memoryIo, type MemoryIoOptions } from '../memory-io.ts';
import { stubApi, type StubAnswer } from './stub-api.ts';

const receipt = { nodes_expected: 1, nodes_confirmed: 1, silent: [], milliseconds: 2.4, bound_seconds: 30 };
const user = {
  id: 'usr_1',
  kind: 'service',
  username: 'ci-bot',
  name: 'CI',
  email: null,
  status: 'active',
  owner: 'usr_9',
  purpose: 'Builds',
  review: { reason: 'owner_deleted', since: '2030-01-01T12:00:00.000Z' },
  created_at: '2029-01-01T12:00:00.000Z',
};

async function run(
  command: Command,
  args: readonly string[],
  answers: readonly StubAnswer[],
  options: MemoryIoOptions = {},
) {
  const api = await stubApi(answers);
  const io = memoryIo({ env: { WAYLEAVE_TOKEN: 'wl_pat_x', WAYLEAVE_SERVER: api.server }, ...options });
  const exit = await command.run(args, io);
  return { exit, out: io.out.join(''), err: io.err.join(''), calls: api.calls };
}

describe('user delete', () => {
  const answer = { status: 200, body: { user, receipt } };

  it('does nothing before somebody has said yes', async () => {
    const { exit, err, calls } = await run(userCommand, ['delete', 'usr_1', '--org', 'acme'], [answer]);
    expect(exit).toBe(1);
    expect(err).toContain('This deletes usr_1 for good and revokes every token of it.');
    expect(calls).toEqual([]);
  });

  it('deletes with --yes, and tells how far that has got', async () => {
    const { exit, out, err, calls } = await run(userCommand, ['delete', 'usr_1', '--org', 'acme', '--yes'], [answer]);
    expect({ exit, out }).toEqual({ exit: 0, out: '' });
    expect(calls[0]).toMatchObject({ method: 'DELETE', target: '/api/v1/organizations/acme/users/usr_1' });
    expect(err).toContain('ci-bot is deleted\nin effect on 1 of 1 nodes');
  });
});

describe('user enrol', () => {
  it('puts the code alone on standard output', async () => {
    const body = {
      code: 'wl_enr_x',
      user_id: 'usr_1',
      expires_at: '2030-01-01T12:00:00.000Z',
      verifies_email: 'a@b.de',
    };
    const args = ['enrol', 'usr_1', '--org', 'acme', '--verify-email'];
    const { exit, out, err, calls } = await run(userCommand, args, [{ status: 201, body }]);
    expect({ exit, out }).toEqual({ exit: 0, out: 'wl_enr_x\n' });
    expect(err).not.toContain('wl_enr_x');
    expect(err).toContain('send it to a@b.de and to nobody else');
    expect(calls[0]).toMatchObject({ method: 'POST', body: { verify_email: true } });
  });
});

describe('the review list', () => {
  it('shows the service users that await a decision, with the reason', async () => {
    const page = { status: 200, body: { items: [user], next_cursor: null } };
    const { out, calls } = await run(serviceUserCommand, ['list', '--org', 'acme', '--review'], [page]);
    expect(calls[0]?.target).toContain('review=true');
    expect(out).toMatch(/ci-bot .*usr_9 +owner deleted/);
  });

  it('is left by a confirmation', async () => {
    const answer = { status: 200, body: { user: { ...user, review: null }, receipt } };
    const { exit, calls } = await run(serviceUserCommand, ['confirm', 'usr_1', '--org', 'acme'], [answer]);
    expect(exit).toBe(0);
    expect(calls[0]).toMatchObject({ method: 'PATCH', body: { reviewed: true } });
  });
});
