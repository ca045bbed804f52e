import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../../src/commands/main.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { memoryIo } from '../memory-io.ts';

const gateway = `version: 1
scopes: { device:read: Read, device:write: Change }
upstreams: { u: { targets: ["http://127.0.0.1:1"] } }
routes:
  - name: devices
    match: { path: /devices/** }
    upstream: u
    scopes: { GET: device:read, "*": device:write }
    assumed: read_only
  - { name: status, match: { hosts: [api.example.com], path: /status }, upstream: u, public: true }
`;

let folder: string;
let config: string;
let cases: string;

beforeEach(async () => {
  folder = await tempDir('cases');
  config = join(folder, 'gateway.yaml');
  cases = join(folder, 'cases.yaml');
  writeFileSync(config, gateway);
});

async function wayleave(...args: string[]) {
  const io = memoryIo();
  const exit = await main([...args, '--config', config], io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

function testRoutes(text: string, ...args: string[]) {
  writeFileSync(cases, text);
  return wayleave('test-routes', cases, ...args);
}

describe('wayleave test-routes', () => {
  it('is content when every decision is as expected', async () => {
    const all = `cases:
  - { request: GET /devices/1, expect: token_missing }
  - { name: readers read, request: "GET /devices/1?x=1", scopes: [device:read], expect: allow, route: devices }
  - { request: POST /devices, scopes: [device:read], kind: service, org: acme, expect: insufficient_scope }
  - { request: GET /status, host: api.example.com, from: 192.0.2.1, expect: allow, route: status }
  - { request: GET /status, expect: no_route }
  - { request: GET /devices/1, scopes: [device:read], assumed: true, expect: allow }
  - { request: POST /devices/1, scopes: [device:write], assumed: true, expect: assumed_read_only }
`;
    expect(await testRoutes(all)).toEqual({ exit: 0, out: '7 cases, as expected\n', err: '' });
  });

  it('shows each decision that is not, with its line and its steps', async () => {
    const { exit, out } = await testRoutes(
      `cases:
  - { request: GET /devices/1, scopes: [device:read], expect: allow }
  - name: writers
    request: POST /devices/1
    scopes: [device:read]
    expect: allow
    route: status
`,
    );
    expect(exit).toBe(1);
    expect(out).toContain(
      `${cases}:4  failed  writers: POST /devices/1: expected allow, got 403 insufficient_scope; ` +
        'expected the route "status", got "devices" (line 5)\n  DENY 403 insufficient_scope',
    );
    expect(out).toMatch(/\n2 cases, 1 not as expected\n$/);
    const json = await wayleave('test-routes', cases, '--json');
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject([
      { line: 2, faults: [] },
      { line: 4, explanation: { status: 403 } },
    ]);
  });

  it('says what is wrong with a file of cases, all at once, by line and column', async () => {
    const { exit, out, err } = await testRoutes(`cases:
  - { request: get /devices, expect: allow }
  - { request: GET /devices, expect: 403 }
  - { requst: GET /devices, expect: denied }
`);
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
    expect(err).toContain(
      'cases.yaml:2:16  error  invalid-value  cases[0].request: request must be a method and a path',
    );
    expect(err).toContain('cases.yaml:3:38  error  invalid-value  cases[1].expect: expect must be text');
    expect(err).toContain('unknown key "requst"; did you mean "request"?');
    expect(err).toContain('request is missing');
    expect(err).toContain('expect must be allow, or the code of a refusal');
  });

  it('counts a case that makes no sense as failed', async () => {
    const { exit, out } = await testRoutes(
      'cases: [{ request: GET /devices, scopes: [device:reed], expect: insufficient_scope }]\n',
    );
    expect(exit).toBe(1);
    expect(out).toContain('the scope "device:reed" is not in the catalogue');
  });
});

describe('wayleave explain --save', () => {
  it('writes cases that test-routes then finds as expected', async () => {
    const asked = [
      ['GET', '/devices/1?a=b: c#"d"', '--scopes', 'device:read,device:write', '--kind', 'service'],
      ['POST', '/devices', '--scopes', 'device:read', '--org', 'acme', '--from', '192.0.2.1'],
      ['GET', '/status', '--host', 'api.example.com'],
    ];
    for (const args of asked) {
      const path = args[1]?.replaceAll(' ', '%20').replaceAll('#', '%23') ?? '';
      const { err } = await wayleave('explain', args[0] ?? '', path, ...args.slice(2), '--save', cases);
      expect(err).toBe(`added to ${cases}\n`);
    }
    expect(readFileSync(cases, 'utf8')).toContain('expect: "insufficient_scope", route: "devices"');
    expect(await wayleave('test-routes', cases)).toEqual({ exit: 0, out: '3 cases, as expected\n', err: '' });
    const again = await wayleave('explain', 'GET', '/status', '--host', 'api.example.com', '--save', cases);
    expect(again).toMatchObject({ exit: 0, err: `${cases} has this case already\n` });
    expect((await wayleave('test-routes', cases)).out).toBe('3 cases, as expected\n');
  });

  it('changes no file that is none of cases, or that cannot be continued, and never saves a token', async () => {
    for (const text of ['version: 1\n', 'cases: [{ request: GET /, expect: allow }]\n', 'a: [\n']) {
      writeFileSync(cases, text);
      const { exit } = await wayleave('explain', 'GET', '/status', '--save', cases);
      expect({ text, exit, now: readFileSync(cases, 'utf8') }).toEqual({ text, exit: 1, now: text });
    }
    const { exit, err } = await wayleave('explain', 'GET', '/status', '--token', '-', '--save', cases);
    expect(exit).toBe(1);
    expect(err).toContain('a token is nothing for a file');
  });
});
