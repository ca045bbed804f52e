import { describe, expect, it } from 'vitest';
import { assumeCommand } from '../../../src/commands/assume.ts';
import { assumeSessionCommand } from '../../../src/commands/assume-session.ts';
import { assumeTokenCommand } from '../../../src/commands/assume-token.ts';
import type { Command } from '../../../src/commands/command.ts';
import { memoryIo, type MemoryIoOptions } from '../memory-io.ts';
import { stubApi, type StubAnswer } from './stub-api.ts';

const receipt = { nodes_expected: 2, nodes_confirmed: 1, silent: ['b/1'], milliseconds: 2.4, bound_seconds: 30 };
const ada = { id: 'usr_ada', username: 'ada' };

const grant = {
  id: 'asm_1',
  subject: ada,
  issued_by: { id: 'usr_grace', username: 'grace' },
  validity: 'lifetime',
  discouraged: true,
  state: 'active',
  scopes: ['device:read'],
  allowed_actors: [],
  read_only: true,
  reason: 'ticket 4711',
  last_four: 'x1Y2',
  created_at: '2029-12-31T00:00:00.000Z',
  expires_at: null,
};

const session = {
  id: 'ase_1',
  assume_token_id: 'asm_1',
  subject: ada,
  actor: { id: 'usr_sam', username: 'sam', organization: 'support' },
  organization: 'acme',
  scopes: ['device:read'],
  read_only: false,
  reason: 'ticket 4711',
  address: '192.0.2.1',
  state: 'active',
  end_reason: null,
  started_at: '2029-12-31T23:00:00.000Z',
  expires_at: '2030-01-01T02:00:00.000Z',
  ended_at: null,
};

const page = (...items: readonly unknown[]): StubAnswer => ({ status: 200, body: { items, next_cursor: null } });
const own: StubAnswer = { status: 200, body: { organization: { slug: 'acme' }, platform: false } };

async function run(
  command: Command,
  args: readonly string[],
  answers: readonly StubAnswer[],
  options: MemoryIoOptions = {},
) {
  const api = await stubApi(answers);
  const io = memoryIo({ env: { WAYLEAVE_TOKEN: 'wl_pat_mine', WAYLEAVE_SERVER: api.server }, ...options });
  const exit = await command.run(args, io);
  return { exit, out: io.out.join(''), err: io.err.join(''), questions: io.questions, calls: api.calls };
}

describe('assume-token', () => {
  it('create prints the secret alone, and says that one without end is discouraged', async () => {
    const args = ['create', '--validity', 'lifetime', '--subject', 'usr_ada', '--scopes', 'device:read', '--read-only'];
    const more = ['--allowed-actors', 'support,usr_sam', '--reason', 'ticket 4711'];
    const made = { status: 201, body: { assume_token: grant, secret: 'wl_asu_new' } };
    const { exit, out, err, calls } = await run(assumeTokenCommand, [...args, ...more], [own, made]);
    expect({ exit, out }).toEqual({ exit: 0, out: 'wl_asu_new\n' });
    expect(err).toContain('assume-user token asm_1 for ada made; it may do device:read (read-only); it never expires');
    expect(err).toContain('discouraged');
    expect(err).not.toContain('wl_asu');
    expect(calls[1]).toMatchObject({
      method: 'POST',
      target: '/api/v1/organizations/acme/assume-tokens',
      body: {
        validity: 'lifetime',
        subject_user_id: 'usr_ada',
        scopes: ['device:read'],
        allowed_actors: ['support', 'usr_sam'],
        read_only: true,
        reason: 'ticket 4711',
      },
    });
  });

  it('list shows what is without end as discouraged', async () => {
    const { out, calls } = await run(assumeTokenCommand, ['list', '--org', 'acme', '--state', 'active'], [page(grant)]);
    expect(calls[0]?.target).toBe('/api/v1/organizations/acme/assume-tokens?state=active&limit=50');
    expect(out).toMatch(
      /asm_1 +ada +grace +lifetime \(discouraged\) +active .* never +x1Y2 +device:read \(read-only\)/,
    );
  });

  it.each([
    [['expire', 'asm_1'], 'POST', '/asm_1/expire', 'has expired'],
    [['delete', 'asm_1'], 'DELETE', '/asm_1', 'is deleted'],
  ])('%j asks first, and names the nodes that have not confirmed', async (args, method, end, done) => {
    const unasked = await run(assumeTokenCommand, [...args, '--org', 'acme'], []);
    expect(unasked).toMatchObject({ exit: 1, calls: [] });
    const answer = { status: 200, body: { assume_token: grant, receipt } };
    const { exit, err, calls } = await run(assumeTokenCommand, [...args, '--org', 'acme', '--yes'], [answer]);
    expect({ exit, calls }).toMatchObject({
      exit: 0,
      calls: [{ method, target: `/api/v1/organizations/acme/assume-tokens${end}` }],
    });
    expect(err).toContain(`asm_1 for ada ${done}`);
    expect(err).toContain('not heard from b/1, which serve it for at most 30 s more');
  });
});

describe('assume start', () => {
  const started = {
    token: 'wl_ses_new',
    id: 'ase_1',
    subject: ada,
    organization: { id: 'org_1', slug: 'acme' },
    scopes: ['device:read'],
    expires_at: '2030-01-01T02:00:00.000Z',
  };

  it('takes the secret from standard input, and prints that of the session alone', async () => {
    const { exit, out, err, calls } = await run(
      assumeCommand,
      ['start', '--reason', 'ticket 4711'],
      [{ status: 201, body: started }],
      { stdin: 'wl_asu_given\n' },
    );
    expect({ exit, out }).toEqual({ exit: 0, out: 'wl_ses_new\n' });
    expect(err).toContain('you act as ada@acme until 2030-01-01 02:00 UTC (in 2 h); you may do device:read');
    expect(err).toContain('wayleave assume stop ase_1');
    expect(calls).toMatchObject([
      { method: 'POST', target: '/api/v1/assume', body: { token: 'wl_asu_given', reason: 'ticket 4711' } },
    ]);
  });

  it('asks for it at a terminal', async () => {
    const { questions, calls } = await run(assumeCommand, ['start'], [{ status: 201, body: started }], {
      terminal: { interactive: true },
      answer: 'wl_asu_typed',
    });
    expect(questions).toEqual(['The assume-user token: ']);
    expect(calls).toMatchObject([{ body: { token: 'wl_asu_typed' } }]);
  });

  it.each([
    [['start', '--token', '-'], 'standard input is for the assume-user token'],
    [['start'], 'no assume-user token on standard input'],
  ])('%j is told what is missing, and nothing is called', async (args, message) => {
    const stdin = args.includes('-') ? 'wl_pat_mine' : ' \n';
    const { exit, err, calls } = await run(assumeCommand, args, [], { stdin });
    expect({ exit, calls }).toEqual({ exit: 1, calls: [] });
    expect(err).toContain(message);
  });
});

describe('assume stop and status', () => {
  it('status shows the sessions that go on', async () => {
    const { out, calls } = await run(assumeCommand, ['status'], [page(session)]);
    expect(calls[0]?.target).toBe('/api/v1/assume?state=active&limit=50');
    expect(out).toMatch(/ase_1 +sam@support +ada@acme +active .* 192\.0\.2\.1 +asm_1 +ticket 4711/);
  });

  it('stop ends the only session without its name', async () => {
    const ended = { status: 200, body: { assume_session: { ...session, state: 'ended' }, receipt } };
    const { exit, err, calls } = await run(assumeCommand, ['stop'], [page(session), ended]);
    expect(exit).toBe(0);
    expect(calls.at(-1)).toMatchObject({ method: 'DELETE', target: '/api/v1/assume/ase_1' });
    expect(err).toContain('sam@support no longer acts as ada@acme (ase_1)');
  });

  it.each([
    [[], 'you act as nobody else'],
    [[session, { ...session, id: 'ase_2' }], 'there are several'],
  ])('stop of what is not clear ends nothing', async (sessions, message) => {
    const { exit, err, calls } = await run(assumeCommand, ['stop'], [page(...sessions)]);
    expect(exit).toBe(1);
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
    expect(err).toContain(message);
  });
});

describe('assume-session', () => {
  const ended = { ...session, state: 'ended', end_reason: 'admin', ended_at: '2030-01-01T00:00:00.000Z' };
  const at = { first_at: '2029-12-31T23:10:00.000Z', last_at: '2029-12-31T23:20:00.000Z' };
  const report = {
    session: ended,
    is_final: false,
    calls: 5,
    refused: 2,
    ...at,
    routes: [{ route: 'devices', method: 'POST', allowed: 3, refused: 2, codes: { insufficient_scope: 2 }, ...at }],
    addresses: [{ address: '192.0.2.1', calls: 5, ...at }],
  };

  it('report says what was done, when, from where, and that it may not be all yet', async () => {
    const args = ['report', 'ase_1', '--org', 'acme'];
    const { out, err, calls } = await run(assumeSessionCommand, args, [{ status: 200, body: report }]);
    expect(calls[0]?.target).toBe('/api/v1/organizations/acme/assume-sessions/ase_1/report');
    expect(out).toContain('sam@support');
    expect(out).toMatch(/^requests +5, 2 of them refused$/m);
    expect(out).toMatch(/^from +192\.0\.2\.1 \(5\)$/m);
    expect(out).toMatch(/^devices +POST +3 +2 +insufficient_scope +2029-12-31 23:20 UTC \(40 min ago\)$/m);
    expect(err).toContain('the session is not over, or only just');
  });

  it('list and end name who acts as whom', async () => {
    const list = await run(assumeSessionCommand, ['list', '--org', 'acme'], [page(ended)]);
    expect(list.out).toMatch(/ase_1 +sam@support +ada@acme +ended \(admin\)/);
    const end = await run(
      assumeSessionCommand,
      ['end', 'ase_1', '--org', 'acme'],
      [{ status: 200, body: { assume_session: ended, receipt } }],
    );
    expect(end.calls[0]).toMatchObject({
      method: 'DELETE',
      target: '/api/v1/organizations/acme/assume-sessions/ase_1',
    });
    expect(end.err).toContain('sam@support no longer acts as ada@acme (ase_1)');
  });
});
