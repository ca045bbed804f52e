import type { Browser, BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { openConsoleWorld, signIn, type ConsoleWorld } from './console-world.ts';

const hostile = `<img src=x onerror="window.injected=1"><script>window.injected=1</script>`;
let world: ConsoleWorld;
let browser: Browser;
let userId: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
  const robot = { kind: 'service', username: 'robot', name: hostile, purpose: hostile };
  userId = String((await world.make('/organizations/acme/users', robot))['id']);
  await world.make('/organizations/acme/authorizations', { user_id: userId, project: 'analytics', roles: ['viewer'] });
}, 120_000);

async function newToken(
  name: string,
  scopes: readonly string[] = ['wayleave:self'],
): Promise<{ id: string; secret: string }> {
  const wish = { user_id: userId, name, purpose: hostile, scopes, lifetime: '2h' };
  const made = (await world.make('/tokens', wish)) as { token: { id: string }; secret: string };
  return { id: made.token.id, secret: made.secret };
}

it('text that would be a script stays the text it is, on every page that shows it', async () => {
  const { id } = await newToken(hostile);
  const people = { kind: 'human', username: 'mallory', name: hostile };
  const { id: mallory } = await world.make('/organizations/acme/users', people);
  await world.api.patch('/api/v1/organizations/acme', { name: hostile });
  const { page } = await world.open(browser);
  await signIn(page, world.rootToken);
  const places = [
    'tokens',
    `tokens/${id}`,
    'service-users',
    'people',
    'authorizations',
    'audit',
    `tokens/new?user_id=${userId}`,
  ];
  for (const address of [
    ...places.map((one) => `o/acme/${one}`),
    'organizations',
    `o/${encodeURIComponent(hostile)}/tokens`,
  ]) {
    await page.goto(`${world.admin}/#/${address}`);
    await page.locator('.page h1').waitFor();
    await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0);
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect([address, await page.evaluate(`'injected' in window`), await page.locator('img').count()]).toEqual([
      address,
      false,
      0,
    ]);
  }
  await page.goto(`${world.admin}/#/o/acme/tokens/${id}`);
  await page.getByRole('heading', { name: hostile }).waitFor();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('dialog').getByText(hostile).waitFor();
  expect(await page.evaluate(`'injected' in window`)).toBe(false);
  expect(mallory).toBeTruthy();
});

/** What a page of another origin tries with a browser that is signed in: what it could read, as texts. */
const attempts = (admin: string, tokenId: string) => `(async () => {
  const tried = async (path, options) => {
    try {
      const answer = await fetch('${admin}' + path, { credentials: 'include', ...options });
      return answer.type === 'opaque' ? 'opaque' : 'read ' + (await answer.text());
    } catch {
      return 'refused';
    }
  };
  const write = '/api/v1/tokens/${tokenId}/revoke';
  const json = { 'content-type': 'application/json', 'x-wayleave-console': '0'.repeat(43) };
  const frame = document.createElement('iframe');
  frame.src = '${admin}/';
  document.body.append(frame);
  return [
    document.cookie,
    await tried('/api/v1/me', {}),
    await tried('/api/v1/me', { mode: 'no-cors' }),
    await tried('/api/v1/me', { headers: json }),
    await tried(write, { method: 'POST', headers: json, body: '{}' }),
    await tried(write, { method: 'POST', mode: 'no-cors', body: '{}' }),
    await tried(write, { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ a: '1' }) }),
    await tried('/api/v1/session', { method: 'DELETE', headers: json }),
  ];
})()`;

describe('a page of another origin, in a browser that is signed in', () => {
  let context: BrowserContext;
  let page: Page;
  let token: { id: string; secret: string };

  beforeAll(async () => {
    token = await newToken('victim');
    ({ page } = await world.open(browser));
    context = page.context();
    await signIn(page, token.secret);
    await page.getByText('in use here').waitFor();
  });

  /** The console is as it was: signed in, as the same user, with the token it had. */
  async function expectUnharmed(): Promise<void> {
    await page.reload();
    await page.getByText('in use here').waitFor();
    expect(await page.locator('header').innerText()).toContain('robot in acme');
    expect((await world.api.get(`/api/v1/tokens/${token.id}`)).body['state']).toBe('active');
  }

  it.each([
    ['on the proxy’s port of the same host', (proxy: string) => proxy],
    ['on another host', (proxy: string) => proxy.replace('127.0.0.1', 'localhost')],
  ])('reads and does nothing: %s', async (_where, originOf) => {
    const other = await context.newPage();
    await other.goto(`${originOf(world.proxy)}/status`);
    const found = await other.evaluate<string[]>(attempts(world.admin, token.id));
    expect(found).toEqual([
      '',
      'refused',
      expect.stringMatching(/^(?:opaque|refused)$/),
      ...Array<string>(2).fill('refused'),
      expect.stringMatching(/^(?:opaque|refused)$/),
      expect.stringMatching(/^(?:opaque|refused)$/),
      'refused',
    ]);
    await expect.poll(() => other.frames().map((one) => one.url())[1]).toBe('chrome-error://chromewebdata/');
    await expectUnharmed();
    await other.close();
  });

  it('plants no session of its own beside the one that is there, nor where there is none', async () => {
    const mine = await newToken('attacker');
    const answer = await world.api.call('POST', '/api/v1/session', { token: mine.secret }, { authorization: '' });
    const [planted = ''] = answer.headers.getSetCookie()[0]?.split(';', 1) ?? [];
    const other = await context.newPage();
    await other.goto(`${world.proxy}/status`);
    await other.evaluate(`document.cookie = '${planted}; path=/'; document.cookie = '${planted}; path=/api'`);
    await expectUnharmed();
    const { page: fresh } = await world.open(browser);
    await fresh
      .context()
      .addCookies([{ url: world.admin, name: 'wayleave_console', value: planted.split('=')[1] ?? '' }]);
    await fresh.reload();
    await fresh.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.close();
  });

  it('and the upstream behind it never sees the cookie that the browser sends there', async () => {
    const other = await context.newPage();
    const [request] = await Promise.all([other.waitForRequest(/\/status$/), other.goto(`${world.proxy}/status`)]);
    expect((await request.allHeaders())['cookie']).toContain('wayleave_console=');
    const seen = await other.evaluate<string>('document.body.innerText');
    expect(seen).toContain('/status');
    expect(seen).not.toContain('wayleave_console');
    await other.close();
  });
});
