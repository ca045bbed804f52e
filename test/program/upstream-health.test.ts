import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdminClient } from '../admin-api/support/client.ts';
import { runCli } from '../commands/cli-process.ts';
import { startCheckedTarget, type CheckedTarget } from '../support/checked-target.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';

// What people see of health checks, on a gateway that runs: one target is dead from the start.

let target: CheckedTarget;
let dead: number;
let gateway: RunningGateway;
let platform: string;

beforeAll(async () => {
  [target, dead] = [await startCheckedTarget('served'), await freePort()];
  const yaml = `
upstreams:
  u:
    targets: ["http://127.0.0.1:${dead}", "http://127.0.0.1:${target.port}"]
    health: { path: /healthz, interval: 200ms, unhealthy_after: 1, healthy_after: 1 }
routes: [ { name: open, match: { path: /open }, upstream: u, public: true } ]
`;
  gateway = await startGateway({ yaml });
  const made = await runCli(['admin-token', '--config', gateway.configFile], environment());
  platform = made.stdout.trim();
}, 120_000);

function environment(): Record<string, string> {
  const own = Object.entries(gateway.env).map(([name, value]) => [name, value ?? ''] as const);
  return Object.fromEntries(own);
}

const admin = (path: string): Promise<string> =>
  fetch(`http://127.0.0.1:${gateway.adminPort}${path}`).then((r) => r.text());
const gauge = async (): Promise<string[]> => {
  const text = await admin('/metrics');
  return text.split('\n').filter((line) => line.startsWith('wayleave_upstream_target_healthy{'));
};
const series = (port: number, value: number): string =>
  `wayleave_upstream_target_healthy{upstream="u",target="http://127.0.0.1:${port}"} ${value}`;
const explain = async (): Promise<string> => {
  const server = ['--server', `http://127.0.0.1:${gateway.adminPort}`];
  const { stdout } = await runCli(['explain', 'GET', '/open', ...server], {
    ...environment(),
    WAYLEAVE_TOKEN: platform,
  });
  return stdout;
};

describe('a target that is out of turn', () => {
  it('is told of in the log, once, with the reason', async () => {
    await expect.poll(() => gateway.log()).toContain('a target is out of turn');
    const lines = gateway.log().split('\n');
    const told = lines.filter((line) => line.includes('a target is out of turn'));
    expect(told.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        level: 40,
        upstream: 'u',
        target: `http://127.0.0.1:${dead}`,
        reason: 'refused',
        detail: 'refused the connection',
      },
    ]);
  });

  it('is listed by /readyz?verbose, and the gateway stays ready', async () => {
    const detail = `out of turn: http://127.0.0.1:${dead} of "u" refused the connection`;
    const readiness = JSON.parse(await admin('/readyz?verbose')) as { status: string; checks: object[] };
    expect(readiness.status).toBe('ready');
    expect(readiness.checks).toContainEqual({ name: 'upstreams', ok: false, detail });
  });

  it('is 0 in the metrics, and the other one 1', async () => {
    expect(await gauge()).toEqual([series(dead, 0), series(target.port, 1)]);
  });

  it('is named by explain, without which the request goes on', async () => {
    const text = await explain();
    expect(text).toMatch(/^ALLOW/);
    expect(text).toContain(`http://127.0.0.1:${dead} is out of turn: it refused the connection`);
    expect(text).not.toContain('503');
    expect(await (await fetch(`http://127.0.0.1:${gateway.port}/open`)).text()).toBe('served');
  });
});

describe('when none is healthy', () => {
  it('explain says what a request would get, which the log and the metrics tell of one that came', async () => {
    target.health = 500;
    await expect.poll(gauge).toEqual([series(dead, 0), series(target.port, 0)]);
    const answer = await fetch(`http://127.0.0.1:${gateway.port}/open`);
    expect([answer.status, answer.headers.get('x-wayleave-error')]).toEqual([503, 'upstream_unavailable']);
    expect(await explain()).toContain(
      'now it would get 503 upstream_unavailable: no target of the upstream "u" is healthy',
    );
    await expect.poll(() => gateway.log()).toContain('"code":"upstream_unavailable"');
    expect(await admin('/metrics')).toContain('wayleave_upstream_requests_total{upstream="u",outcome="unavailable"} 1');
    target.health = 200;
    await expect.poll(() => gateway.log()).toContain('a target is healthy again and in turn');
  });
});

describe('a reload without the dead target', () => {
  it('takes it out of the metrics and of /readyz?verbose', async () => {
    const text = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, text.replace(`"http://127.0.0.1:${dead}", `, ''));
    await new AdminClient(gateway.adminPort, platform).post('/api/v1/config/reload');
    await expect.poll(gauge).toEqual([series(target.port, 1)]);
    const readiness = JSON.parse(await admin('/readyz?verbose')) as { checks: object[] };
    expect(readiness.checks).toContainEqual({
      name: 'upstreams',
      ok: true,
      detail: '1 target is checked, and healthy',
    });
  });
});
