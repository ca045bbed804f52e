import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdminApp } from '../../src/admin-api/app.ts';
import { readConsoleAssets } from '../../src/admin-api/console-assets.ts';
import { createOpsApp } from '../../src/admin-api/probes.ts';
import { createReadiness } from '../../src/observability/health.ts';
import { tempDir } from '../support/temp-dir.ts';
import { expectProblem } from './support/client.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

describe('health', () => {
  it('is alive always, and ready until it drains', async () => {
    const readiness = createReadiness([{ name: 'config', run: () => Promise.resolve(undefined) }]);
    const app = createAdminApp({ ...world.deps, readiness });
    expect(await (await app.request('/healthz')).json()).toEqual({ status: 'alive' });
    expect(await (await app.request('/readyz')).json()).toEqual({ status: 'ready' });
    readiness.drain();
    const draining = await app.request('/readyz?verbose');
    expect(draining.status).toBe(503);
    expect(await draining.json()).toEqual({
      status: 'not_ready',
      checks: [
        { name: 'config', ok: true },
        { name: 'draining', ok: false, detail: 'the gateway is shutting down' },
      ],
    });
    expect((await app.request('/healthz')).status).toBe(200);
    expect((await world.client().call('HEAD', '/readyz')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('are on the admin listener, unless a listener of their own is configured', async () => {
    const answer = await world.client().get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body['text']).toContain('wayleave_build_info{version="1.2.3"} 1');
    const config = world.deps.currentConfig();
    const ops = { host: '0.0.0.0', port: 9090, tls: undefined };
    const deps = { ...world.deps, currentConfig: () => ({ ...config, listen: { ...config.listen, ops } }) };
    expect((await createAdminApp(deps).request('/metrics')).status).toBe(404);
    const opsApp = createOpsApp(deps);
    const probe = (path: string) => opsApp.request(`http://prometheus.example:9090${path}`);
    expect((await probe('/metrics')).status).toBe(200);
    expect((await probe('/healthz')).status).toBe(200);
    expect((await probe('/readyz')).status).toBe(200);
    expect((await probe('/api/v1/me')).status).toBe(404);
    expect((await probe('/')).status).toBe(404);
  });
});

describe('documents', () => {
  it('are the OpenAPI document and the schema of gateway.yaml', async () => {
    expect((await world.client().get('/openapi.json')).body).toMatchObject({
      openapi: '3.1.0',
      info: { version: '1.2.3' },
    });
    expect((await world.client().get('/gateway.schema.json')).body).toEqual({ type: 'object' });
  });
});

describe('the console', () => {
  it('is served from memory under a strict policy, hashed names for ever, the page never', async () => {
    const directory = await tempDir('console');
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html>');
    await writeFile(join(directory, 'assets', 'index-1a2b.js'), 'export {}');
    const app = createAdminApp({ ...world.deps, console: await readConsoleAssets(directory) });
    const page = await app.request('/');
    expect(await page.text()).toBe('<!doctype html>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const script = await app.request('/assets/index-1a2b.js');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    for (const path of [
      '/assets/',
      '/assets/..%2findex.html',
      '/index.html',
      '/assets/index-1a2b.js/',
      '/package.json',
    ]) {
      expect((await app.request(path)).status).toBe(404);
    }
    expect((await app.request('/', { method: 'POST' })).status).toBe(405);
  });

  it('that was not built says how to build it', async () => {
    expect((await readConsoleAssets('/nonexistent/console')).size).toBe(0);
    const answer = await world.client().get('/');
    expectProblem(answer, 404, 'not_found');
    expect(answer.body['detail']).toContain('npm run build');
  });
});
