import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import {
  gatewayFolder,
  runCli,
  startCli,
  usedGatewayFolder,
  type GatewayFolder,
  type RunningCli,
} from './cli-process.ts';

/** Several processes, one after the other, each of which may find the machine busy. */
const patient = { timeout: 120_000 };
const lastLineOfBanner = 'wayleave admin-token\n';

async function startDemo(folder: GatewayFolder): Promise<RunningCli> {
  const cli = startCli(['serve', '--demo', '--config', folder.file]);
  await cli.untilStdout(lastLineOfBanner);
  return cli;
}

/** The request that a curl line of the banner would make. */
function requestOf(curl: string): { url: string; method: string; headers: Record<string, string> } {
  const [, authorization] = /-H 'Authorization: ([^']+)'/.exec(curl) ?? [];
  const [, url] = /'(http[^']+)'$/.exec(curl) ?? [];
  const [, method] = /-X ([A-Z]+)/.exec(curl) ?? [];
  if (authorization === undefined || url === undefined) throw new Error(`no curl line: ${curl}`);
  return { url, method: method ?? 'GET', headers: { authorization } };
}

function curlLines(cli: RunningCli): [allowed: string, refused: string] {
  const [allowed, refused] = cli.stdout().match(/^ {2}curl .*$/gm) ?? [];
  if (allowed === undefined || refused === undefined) throw new Error(`no curl lines in ${cli.stdout()}`);
  return [allowed, refused];
}

async function send(curl: string): Promise<{ status: number; body: unknown }> {
  const { url, method, headers } = requestOf(curl);
  // A connection of its own: one that fetch kept would end with the gateway that is stopped here.
  const request = httpRequest(url, { method, headers, agent: false }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const text = (await answer.setEncoding('utf8').toArray()).join('');
  return { status: answer.statusCode ?? 0, body: JSON.parse(text) };
}

describe('serve --demo', patient, () => {
  it('prints lines that do what they say, and after a restart finds its data and revokes the token before', async () => {
    const folder = await gatewayFolder();
    const first = await startDemo(folder);
    const [allowed, refused] = curlLines(first);
    expect(await send(allowed)).toMatchObject({
      status: 200,
      body: { path: '/api/devices/42', headers: { 'X-Auth-Username': 'demo', 'X-Auth-Org-Slug': 'demo' } },
    });
    expect(await send(refused)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    first.process.kill('SIGINT');
    expect(await first.finished).toMatchObject({ exit: 0 });

    const second = await startDemo(folder);
    expect(await send(allowed)).toMatchObject({ status: 401, body: { code: 'token_revoked' } });
    expect(await send(curlLines(second)[0])).toMatchObject({ status: 200 });
    second.process.kill('SIGTERM');
    expect(await second.finished).toMatchObject({ exit: 0 });
  });

  it('ends at once when it is told a second time, although a request is under way', async () => {
    const demo = await startDemo(await usedGatewayFolder());
    const { url, headers } = requestOf(curlLines(demo)[0]);
    const slow = await fetch(`${url}/slow`, { headers });
    const broken = slow.arrayBuffer().then(
      () => false,
      () => true,
    );
    demo.process.kill('SIGTERM');
    const again = setInterval(() => demo.process.kill('SIGTERM'), 100);
    expect(await demo.finished).toMatchObject({ exit: 1 });
    clearInterval(again);
    expect(await broken).toBe(true);
  });

  it('refuses to listen to others', async () => {
    const folder = await gatewayFolder((yaml) => yaml.replace('admin: 127.0.0.1', 'admin: 0.0.0.0'));
    const { exit, stderr } = await runCli(['serve', '--demo', '--config', folder.file]);
    expect(exit).toBe(1);
    expect(stderr).toContain('demo mode listens on this machine alone, and listen.admin of');
  });

  it('says which port is taken, the upstream one too, and ends', async () => {
    const folder = await gatewayFolder();
    const taken = createServer().listen(folder.upstreamPort, '127.0.0.1');
    onCleanup(() => taken.close());
    await once(taken, 'listening');
    const { exit, stderr } = await runCli(['serve', '--demo', '--config', folder.file]);
    expect(exit).toBe(1);
    expect(stderr).toBe(
      `wayleave serve: the demo upstream cannot listen on 127.0.0.1:${folder.upstreamPort}: another program listens there. ` +
        'Stop that program, or give the upstream in gateway.yaml another port.\n',
    );
  });
});

describe('serve', patient, () => {
  it('says which listener could not open, and ends with nothing left open', async () => {
    const folder = await usedGatewayFolder();
    const taken = createServer().listen(Number(new URL(folder.proxy).port), '127.0.0.1');
    onCleanup(() => taken.close());
    await once(taken, 'listening');
    const { exit, stderr } = await runCli(['serve', '--demo', '--config', folder.file]);
    expect(exit).toBe(1);
    expect(stderr).toContain('wayleave serve: listen.proxy:');
    expect(stderr).not.toContain(' at ');
  });

  it('shows every problem of the file and starts nothing', async () => {
    const folder = await gatewayFolder((yaml) =>
      yaml.replace('upstream: inventory', 'upstream: inventori').replace('public', 'publik'),
    );
    const { exit, stdout, stderr } = await runCli(['serve', '--config', folder.file]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toContain('unknown-upstream');
    expect(stderr).toContain('unknown-key');
  });

  it('names the file that is missing', async () => {
    const { exit, stderr } = await runCli(['serve'], { WAYLEAVE_CONFIG: '/nowhere/gateway.yaml' });
    expect(exit).toBe(1);
    expect(stderr).toContain('there is no file /nowhere/gateway.yaml');
  });

  it('refuses an environment that contradicts itself', async () => {
    const { exit, stderr } = await runCli(['version'], { DATABASE_URL: 'a', DATABASE_URL_FILE: 'b' });
    expect(exit).toBe(1);
    expect(stderr).toBe('wayleave: DATABASE_URL and DATABASE_URL_FILE are both set; unset one of them\n');
  });
});
