import { describe, expect, it } from 'vitest';
import { tokenCommand } from '../../../src/commands/token.ts';
import { freePort } from '../../support/free-port.ts';
import { memoryIo, type MemoryIoOptions } from '../memory-io.ts';
import { stubApi, tokenBody, type StubAnswer } from './stub-api.ts';

const env = { WAYLEAVE_TOKEN: 'wl_pat_secret' };
const receipt = { nodes_expected: 1, nodes_confirmed: 1, silent: [], milliseconds: 2.4, bound_seconds: 30 };

async function run(args: readonly string[], answers: readonly StubAnswer[], options: MemoryIoOptions = {}) {
  const api = await stubApi(answers);
  const io = memoryIo({ env: { ...env, WAYLEAVE_SERVER: api.server }, ...options });
  const exit = await tokenCommand.run(args, io);
  return { exit, out: io.out.join(''), err: io.err.join(''), questions: io.questions, calls: api.calls };
}

describe('a secret', () => {
  it('stands alone on standard output, so that a shell can keep it', async () => {
    const answer = { status: 201, body: { token: tokenBody, secret: 'wl_pat_new' } };
    const { exit, out, err } = await run(['create', '--name', 'ci', '--scopes', 'device:read'], [answer]);
    expect(exit).toBe(0);
    expect(out).toBe('wl_pat_new\n');
    expect(err).toContain('token "ci" (tok_1) of ci-bot made; it expires 2030-01-31 12:00 UTC (in 30 d)');
    expect(err).not.toContain('wl_pat');
  });

  it('travels in the header alone', async () => {
    const { calls } = await run(['list'], [{ status: 200, body: { items: [], next_cursor: null } }]);
    expect(calls[0]).toMatchObject({ authorization: 'Bearer wl_pat_secret', target: '/api/v1/tokens?limit=50' });
  });

  it('comes from standard input where --token - says so', async () => {
    const { calls } = await run(['list', '--token', '-'], [{ status: 200, body: { items: [], next_cursor: null } }], {
      stdin: 'wl_pat_piped\n',
    });
    expect(calls[0]?.authorization).toBe('Bearer wl_pat_piped');
  });

  it.each([
    [['list', '--token', 'something'], {}, 'a token is never an argument'],
    [['list'], { env: {} }, 'no token: set WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE'],
    [['list', '--token', '-'], { stdin: '\n' }, 'the token from standard input is empty'],
    [['list', '--token', '-'], { stdin: 'two words' }, 'the token is not one word of printable characters'],
  ])('is not taken from %j with %j', async (args, options, message) => {
    const { exit, err, calls } = await run(args, [], options);
    expect(exit).toBe(1);
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });
});

describe('token create', () => {
  it('sends what was asked and nothing else', async () => {
    const args = [
      'create',
      '--name',
      'ci',
      '--scopes',
      'a:b,c:d',
      '--user',
      'usr_9',
      '--lifetime',
      '30d',
      '--purpose',
      'x',
    ];
    const { calls } = await run(args, [{ status: 201, body: { token: tokenBody, secret: 's' } }]);
    expect(calls[0]).toMatchObject({ method: 'POST', target: '/api/v1/tokens' });
    expect(calls[0]?.body).toEqual({
      user_id: 'usr_9',
      name: 'ci',
      scopes: ['a:b', 'c:d'],
      lifetime: '30d',
      purpose: 'x',
    });
  });

  it('finds a user by username, over all pages', async () => {
    const user = {
      id: 'usr_7',
      kind: 'service',
      username: 'ci-bot',
      name: 'x',
      status: 'active',
      created_at: '2030-01-01T00:00:00Z',
    };
    const { calls } = await run(
      ['create', '--name', 'ci', '--scopes', 'a:b', '--user', 'ci-bot', '--org', 'acme'],
      [
        { status: 200, body: { items: [{ ...user, id: 'usr_6', username: 'ci-bot-2' }], next_cursor: 'next' } },
        { status: 200, body: { items: [user], next_cursor: null } },
        { status: 201, body: { token: tokenBody, secret: 's' } },
      ],
    );
    expect(calls[0]?.target).toBe('/api/v1/organizations/acme/users?search=ci-bot&limit=200');
    expect(calls[1]?.target).toBe('/api/v1/organizations/acme/users?search=ci-bot&limit=200&cursor=next');
    expect(calls[2]?.body).toMatchObject({ user_id: 'usr_7' });
  });

  it.each([
    [['create', '--scopes', 'a'], '--name NAME is missing'],
    [['create', '--name', 'a'], '--scopes A,B is missing'],
    [['create', '--name', 'a', '--scopes', 'b', '--lifetime', '1h', '--expires', 'x'], 'exclude each other'],

    [['creat'], 'did you mean "create"?'],
    [['shrink', 'tok_1'], 'say --to-used or --undo'],
    [['rotate'], 'TOKEN_ID is missing'],
    [['rotate', 'tok_1', '--lifetime', '1h', '--expires', 'never'], 'exclude each other'],
    [['rotate', 'tok_1', '--overlap', '0'], 'Nobody can be asked here; say --yes if it is meant'],
    [['expire'], 'give a TOKEN_ID, or a filter'],
    [['expire', 'tok_1', '--state', 'active'], 'not both'],
    [['expire', '--unused-for', '90d'], 'Nobody can be asked here; say --yes if it is meant'],
  ])('asks nothing of the server for %j', async (args, message) => {
    const { exit, err, calls } = await run(args, []);
    expect(exit).toBe(1);
    expect(err).toContain(message);
    expect(calls).toEqual([]);
  });
});

describe('token rotate', () => {
  const rotation = {
    old_last_four: 'x1Y2',
    until: '2030-01-01T01:00:00.000Z',
    old_calls: 0,
    old_last_used_at: null,
  };
  const answer = { status: 200, body: { token: { ...tokenBody, rotation }, secret: 'wl_pat_next', receipt } };

  it('prints the new secret alone, and says when the old one ends', async () => {
    const { exit, out, err, calls } = await run(['rotate', 'tok_1', '--overlap', '1h'], [answer]);
    expect({ exit, out }).toEqual({ exit: 0, out: 'wl_pat_next\n' });
    expect(err).toContain('token "ci" (tok_1) of ci-bot rotated');
    expect(err).toContain('The old secret (...x1Y2) ends 2030-01-01 01:00 UTC');
    expect(err).toContain('in effect on 1 of 1 nodes');
    expect(calls[0]).toMatchObject({ method: 'POST', target: '/api/v1/tokens/tok_1/rotate', body: { overlap: '1h' } });
  });

  it('asks before it ends the old secret at once, and sends `never` as no end', async () => {
    const args = ['rotate', 'tok_1', '--overlap', '0', '--expires', 'never', '--yes'];
    const { exit, calls } = await run(args, [answer]);
    expect(exit).toBe(0);
    expect(calls[0]?.body).toEqual({ overlap: '0', expires_at: null });
  });
});

describe('token expire', () => {
  it('shows in a dry run what a filter would end, without a question', async () => {
    const body = { tokens: [tokenBody], more: true, dry_run: true };
    const args = ['expire', '--unused-for', '90d', '--expires-before', '2030-02-01T00:00:00Z', '--dry-run'];
    const { exit, out, err, calls, questions } = await run(args, [{ status: 200, body }]);
    expect({ exit, questions }).toEqual({ exit: 0, questions: [] });
    expect(out).toContain('tok_1');
    expect(err).toContain('1 token would be ended\nthere are more than these');
    expect(calls[0]).toMatchObject({ method: 'POST', target: '/api/v1/tokens/expire' });
    expect(calls[0]?.body).toEqual({ unused_for: '90d', expires_before: '2030-02-01T00:00:00Z', dry_run: true });
  });

  it('ends one token by its id', async () => {
    const { calls, err } = await run(
      ['expire', 'tok_1', '--yes'],
      [{ status: 200, body: { token: tokenBody, receipt } }],
    );
    expect(calls[0]?.target).toBe('/api/v1/tokens/tok_1/expire');
    expect(err).toContain('token "ci" (tok_1) has expired');
  });
});

describe('what cannot be undone', () => {
  const answer = { status: 200, body: { token: { ...tokenBody, state: 'revoked' }, receipt } };

  it('needs --yes where nobody can be asked', async () => {
    for (const verb of ['revoke', 'delete', 'expire']) {
      const { exit, err, calls } = await run([verb, 'tok_1'], []);
      expect(exit).toBe(1);
      expect(err).toContain('say --yes if it is meant');
      expect(calls).toEqual([]);
    }
  });

  it('happens at once with --yes', async () => {
    const { exit, out, err, calls } = await run(['revoke', 'tok_1', '--yes'], [answer]);
    expect(exit).toBe(0);
    expect(out).toBe('');
    expect(err).toBe('token "ci" (tok_1) is revoked\nin effect on 1 of 1 nodes in 3 ms\n');
    expect(calls[0]).toMatchObject({ method: 'POST', target: '/api/v1/tokens/tok_1/revoke' });
  });

  it('is asked for at a terminal', async () => {
    const terminal = { interactive: true };
    const meant = await run(['revoke', 'tok_1'], [answer], { terminal, answer: 'Y' });
    expect(meant.exit).toBe(0);
    expect(meant.questions).toEqual(["This will revoke tok_1 at once, which can't be undone. Go on? [y/N] "]);
    const notMeant = await run(['revoke', 'tok_1'], [answer], { terminal, answer: '' });
    expect(notMeant.exit).toBe(1);
    expect(notMeant.calls).toEqual([]);
    expect(notMeant.err).toContain('nothing was changed');
  });
});

describe('a receipt', () => {
  it('names the nodes that were not heard from and the bound', async () => {
    const silent = { ...receipt, nodes_expected: 3, silent: ['node-b', 'node-c'], bound_seconds: 31 };
    const { err } = await run(['disable', 'tok_1'], [{ status: 200, body: { token: tokenBody, receipt: silent } }]);
    expect(err).toContain(
      'in effect on 1 of 3 nodes in 3 ms; not heard from node-b, node-c, which serve it for at most 31 s more',
    );
  });
});

describe('a list', () => {
  it('is a table that says how to go on', async () => {
    const { out, err } = await run(
      ['list', '--state', 'active'],
      [{ status: 200, body: { items: [tokenBody], next_cursor: 'c2' } }],
    );
    expect(out).toBe(
      'ID     NAME  OWNER   STATE   CREATED     EXPIRES                     LAST 4  LAST USED  SCOPES\n' +
        'tok_1  ci    ci-bot  active  2029-12-31  2030-01-31 12:00 (in 30 d)  x1Y2    never      device:read\n',
    );
    expect(err).toBe('there are more: --cursor c2\n');
  });

  it.each([60, 80, 100, 140])('fits a terminal of %d columns', async (width) => {
    const token = { ...tokenBody, id: 'tok_01m8hpsg6s4s9dtrn8gm0tvn0z', name: 'a rather long name of a token' };
    const terminal = { interactive: true, columns: width };
    const { out } = await run(['list'], [{ status: 200, body: { items: [token, token], next_cursor: null } }], {
      terminal,
    });
    expect(out).toContain(token.id);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('prints the answer itself with --json, also what this version does not know', async () => {
    const body = { items: [{ ...tokenBody, future: 1 }], next_cursor: null };
    const { out } = await run(['list', '--json'], [{ status: 200, body }]);
    expect(JSON.parse(out)).toEqual(body);
  });

  it('says so when it is empty', async () => {
    const { exit, out, err } = await run(['list'], [{ status: 200, body: { items: [], next_cursor: null } }]);
    expect({ exit, out, err }).toEqual({ exit: 0, out: '', err: 'no tokens\n' });
  });

  it('is not said to be empty where the page ended before it found any', async () => {
    const { exit, out, err } = await run(['list'], [{ status: 200, body: { items: [], next_cursor: 'c2' } }]);
    expect({ exit, out, err }).toEqual({ exit: 0, out: '', err: 'no tokens so far; look further: --cursor c2\n' });
  });
});

describe('the last use', () => {
  const used = { last_used_at: '2029-12-31T23:00:00Z', last_used_route: 'devices', last_used_address: '192.0.2.1' };

  it('stands where a token is shown, with its route and address', async () => {
    const { out } = await run(['show', 'tok_1'], [{ status: 200, body: { ...tokenBody, ...used } }]);
    expect(out).toMatch(/^last used +2029-12-31 23:00 UTC .* on devices from 192\.0\.2\.1$/m);
  });

  it('is what --unused-for asks for', async () => {
    const { calls } = await run(
      ['list', '--unused-for', '90d'],
      [{ status: 200, body: { items: [], next_cursor: null } }],
    );
    expect(calls[0]?.target).toBe('/api/v1/tokens?unused_for=90d&limit=50');
  });
});

describe('a refusal', () => {
  it('is shown with its title, detail, fields and request id', async () => {
    const body = {
      type: 'urn:wayleave:problem:validation_failed',
      title: 'The input is not valid',
      status: 400,
      detail: 'The field /name must have at least 1 characters.',
      code: 'validation_failed',
      request_id: 'req-1',
      errors: [{ pointer: '/name', detail: 'must have at least 1 characters' }],
    };
    const { exit, out, err } = await run(['edit', 'tok_1', '--scopes', 'a'], [{ status: 400, body }]);
    expect(exit).toBe(1);
    expect(out).toBe('');
    expect(err).toBe(
      'wayleave token edit: The input is not valid (400 validation_failed)\n' +
        'The field /name must have at least 1 characters.\n' +
        '  /name: must have at least 1 characters\n' +
        'request req-1\n',
    );
  });

  it('of the token says where the token came from', async () => {
    const body = { title: 'The token is not valid', status: 401, code: 'token_invalid' };
    const { err } = await run(['list'], [{ status: 401, body }]);
    expect(err).toContain('comes from --token -, WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE');
  });

  it('for a name that is taken gives the id of what exists', async () => {
    const body = { title: 'It conflicts with what exists', status: 409, code: 'conflict', existing_id: 'tok_5' };
    const { err } = await run(['create', '--name', 'a', '--scopes', 'b'], [{ status: 409, body }]);
    expect(err).toContain('It exists already as tok_5.');
  });
});

describe('a server', () => {
  it('that is not there is named, with how to name another', async () => {
    const server = `http://127.0.0.1:${await freePort()}`;
    const io = memoryIo({ env: { ...env, WAYLEAVE_SERVER: server } });
    expect(await tokenCommand.run(['list'], io)).toBe(1);
    expect(io.err.join('')).toBe(
      `wayleave token list: cannot reach the admin API at ${server}: nothing listens there\n` +
        'Is `wayleave serve` running? Name another address with --server URL or WAYLEAVE_SERVER.\n',
    );
  });

  it('that is something else is told apart', async () => {
    const page = await run(['list'], [{ status: 200, body: '<html>' }]);
    expect(page.err).toContain('does not answer as an admin API');
    const missing = await run(['list'], [{ status: 404, body: 'nothing here' }]);
    expect(missing.err).toContain('it answered 404 without a problem document');
  });

  it.each([
    ['ftp://127.0.0.1', 'is no URL such as'],
    ['127.0.0.1:8081', 'is no URL such as'],
    ['http://user:pw@127.0.0.1', 'holds a password'],
    ['http://127.0.0.1:8081/api/v1', 'write http://127.0.0.1:8081'],
  ])('cannot be %s', async (server, message) => {
    const io = memoryIo({ env });
    expect(await tokenCommand.run(['list', '--server', server], io)).toBe(1);
    expect(io.err.join('')).toContain(message);
  });
});

describe('token connections', () => {
  const item = {
    id: '0d7c',
    kind: 'upgrade',
    route: 'devices',
    method: 'GET',
    path: '/ws',
    remote_address: '10.0.0.7',
    since: '2030-01-01T11:59:00Z',
    bytes_in: 12,
    bytes_out: 3456,
  };

  it('shows a line for each, and the node that was asked on standard error', async () => {
    const body = { items: [item], next_cursor: null, node: 'host/7', total: 3 };
    const { exit, out, err, calls } = await run(['connections', 'tok_1'], [{ status: 200, body }]);
    expect(exit).toBe(0);
    expect(calls[0]?.target).toBe('/api/v1/tokens/tok_1/connections');
    expect(out).toMatch(/^REQUEST {2}KIND .*\n0d7c {5}upgrade {2}devices {2}GET \/ws {2}10\.0\.0\.7 .* 12 +3456\n$/);
    expect(err).toBe('1 of 3 under way on host/7\n');
  });

  it('says so when there are none', async () => {
    const body = { items: [], next_cursor: null, node: 'host/7', total: 0 };
    const { out, err } = await run(['connections', 'tok_1'], [{ status: 200, body }]);
    expect([out, err]).toEqual(['', 'nothing is under way on host/7\n']);
  });
});
