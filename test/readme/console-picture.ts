/**
 * Takes .github/console.png, the picture of the console in README.md, of a gateway that runs: `tsx
 * test/readme/console-picture.ts`. Look at it before it is committed.
 */
import { build } from 'vite';
import { openBrowser } from '../support/chromium.ts';
import { cleanUp } from '../support/cleanup.ts';
import startShared from '../support/global-setup.ts';
import { demoToken, startShippedGateway, type ShippedGateway } from './shipped-gateway.ts';

const picture = new URL('../../.github/console.png', import.meta.url).pathname;
const stopShared = await startShared();
try {
  await build({ configFile: new URL('../../admin/vite.config.ts', import.meta.url).pathname, logLevel: 'error' });
  const gateway = await startShippedGateway();
  await fillWithTokens(gateway);
  await takePicture(gateway);
} finally {
  await cleanUp();
  await stopShared();
}

async function fillWithTokens(gateway: ShippedGateway): Promise<void> {
  await makeToken(gateway, { name: 'old laptop', scopes: ['device:read'], lifetime: '20h' }, 'revoke');
  await makeToken(gateway, { name: 'trial', scopes: ['device:read'], lifetime: '12h' }, 'expire');
  await makeToken(gateway, { name: 'spare', scopes: ['device:read'], lifetime: '8h' }, 'disable');
  const purpose = 'nightly export of the inventory';
  await makeToken(gateway, { name: 'export', purpose, scopes: ['device:read'], lifetime: '20h' });
}

async function makeToken(gateway: ShippedGateway, token: Record<string, unknown>, action?: string): Promise<void> {
  const made = (await call(gateway, '/api/v1/tokens', token)) as { token: { id: string } };
  if (action !== undefined) await call(gateway, `/api/v1/tokens/${made.token.id}/${action}`);
}

async function call(gateway: ShippedGateway, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${adminOf(gateway)}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoToken(gateway)}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function takePicture(gateway: ShippedGateway): Promise<void> {
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 1000, height: 640 }, deviceScaleFactor: 1.5 });
  await page.goto(`${adminOf(gateway)}/`);
  await page.getByLabel('Access token').fill(demoToken(gateway));
  await page.keyboard.press('Enter');
  await page.getByRole('table').waitFor();
  await page.screenshot({ path: picture, fullPage: true });
}

function adminOf({ ports }: ShippedGateway): string {
  return `http://127.0.0.1:${ports.get('8081')}`;
}
