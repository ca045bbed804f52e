import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { RawToken } from '../../src/core/token.ts';
import { openBrowser } from '../support/chromium.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { startRecordingUpstream, type RecordingUpstream } from '../support/recording-upstream.ts';
import { routeFixture } from '../support/route-fixture.ts';

let listed: Page;
let foreign: Page;
let api: string;
let token: RawToken;
let upstream: RecordingUpstream;

beforeAll(async () => {
  const [own, other] = [await startPages(), await startPages()];
  upstream = await startRecordingUpstream();
  const admin = { kind: 'scopes', byMethod: new Map(), others: { all: ['admin'], any: [] } } as const;
  const plane = await startDataPlane({
    targets: [upstream.origin],
    routes: [
      routeFixture({ name: 'api', path: '/api/**', exposedTo: [own] }),
      routeFixture({ name: 'admin', path: '/api/admin', exposedTo: [own], access: admin }),
    ],
  });
  api = `http://127.0.0.1:${plane.port}/api`;
  token = plane.issue({ scopes: [] });
  const browser = await openBrowser();
  [listed, foreign] = [await browser.newPage(), await browser.newPage()];
  await listed.goto(own);
  await foreign.goto(other);
}, 120_000);

/** @returns the origin of a server of empty pages */
async function startPages(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>page</title>');
  }).listen(0, '127.0.0.1');
  onCleanup(() => server.close());
  await once(server, 'listening');
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

/** Asks from within a page, as its script would. */
function ask(page: Page, path: string, method = 'GET') {
  const given = { url: api + path, method, token };
  return page.evaluate(async (asked) => {
    try {
      const headers = { Authorization: `Bearer ${asked.token}`, 'X-Page': '1' };
      const answer = await fetch(asked.url, {
        method: asked.method,
        headers,
        ...(asked.method === 'PUT' && { body: '{}' }),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        id: answer.headers.get('x-request-id'),
        error: answer.headers.get('x-wayleave-error'),
        text,
      };
    } catch (error) {
      return String(error);
    }
  }, given);
}

test.each(['GET', 'PUT', 'DELETE'])('a listed page sends a %s and reads the answer', async (method) => {
  const answer = await ask(listed, '/x', method);
  expect(answer).toMatchObject({ status: 200, error: null, id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown });
  const { requests } = await upstream.take();
  expect(requests.map((request) => request.method)).toEqual([method]);
});

test('a listed page reads why it was refused', async () => {
  const answer = await ask(listed, '/admin');
  expect(answer).toMatchObject({
    status: 403,
    error: 'insufficient_scope',
    text: expect.stringContaining('"missing_scopes":["admin"]') as unknown,
  });
});

test('a foreign page gets nothing through and reads nothing', async () => {
  expect(await ask(foreign, '/x', 'PUT')).toContain('Failed to fetch');
  expect(await ask(foreign, '/admin')).toContain('Failed to fetch');
  expect((await upstream.take()).requests).toEqual([]);
});
