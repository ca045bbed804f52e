import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { onCleanup } from '../support/cleanup.ts';

test('the browser of the tests shows pages of this machine and reaches no other', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>near</title>');
  }).listen(0, '127.0.0.1');
  onCleanup(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const page = await (await openBrowser()).newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  expect(await page.title()).toBe('near');
  await expect(page.goto('http://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
}, 120_000);
