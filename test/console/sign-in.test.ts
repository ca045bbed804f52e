import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../admin-api/support/world.ts';
import type { Holder } from '../admin-api/support/people.ts';
import { openBrowser } from '../support/chromium.ts';
import { builtConsole } from './build.ts';

const hostileName = `<img src=x onerror="window.injected=1"><script>window.injected=1</script>`;
let world: World;
let browser: Browser;
let holder: Holder;

beforeAll(async () => {
  world = await openWorld({ console: await builtConsole() });
  browser = await openBrowser();
  holder = await world.people.holder('acme', ['analytics/viewer'], ['wayleave:self', 'read', 'device:read']);
  const client = world.client(holder.secret);
  await client.post('/api/v1/tokens', { name: hostileName, purpose: hostileName, scopes: ['read'], lifetime: '12h' });
  const revoked = await world.people.token(holder.user, ['read']);
  await client.post(`/api/v1/tokens/${revoked.tokenId}/revoke`);
});

/** Whatever a page can keep, as the page itself sees it. */
const everythingKept = `Promise.all([
  { ...localStorage },
  { ...sessionStorage },
  document.cookie,
  history.state,
  indexedDB.databases(),
  caches.keys(),
  [...document.querySelectorAll('input')].map(({ value }) => value),
])`;

interface Visit {
  readonly page: Page;
  /** What the page tried to load from elsewhere, and what it complained about. */
  readonly complaints: string[];
}

async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).port !== String(world.port)) complaints.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${world.port}/`);
  return { page, complaints };
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await page.keyboard.press('Enter');
}

async function seriousFaults(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<AxeResults>('axe.run()');
  return found.violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html) }));
}

describe('the console', () => {
  it('signs in with a token and shows who one is and one’s tokens', async () => {
    const { page, complaints } = await visit();
    await signIn(page, holder.secret);
    await page.getByRole('heading', { name: 'My tokens' }).waitFor();
    expect(await page.title()).toBe('My tokens - Wayleave');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('My tokens');
    const rows = page.getByRole('table').getByRole('row');
    await rows.nth(3).waitFor();
    expect(await rows.count()).toBe(4);
    expect(await rows.nth(1).innerText()).toContain('Revoked');
    expect(await rows.nth(3).innerText()).toMatch(/in use here[^]*wayleave:self[^]*device:read[^]*Active/);
    expect(await page.locator('header').innerText()).toContain(`${holder.user.username} in acme`);
    expect(complaints).toEqual([]);
  });

  it('shows text that would be a script as the text it is', async () => {
    const { page } = await visit();
    await signIn(page, holder.secret);
    await page.getByText(hostileName).first().waitFor();
    expect(await page.evaluate(`'injected' in window`)).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
  });

  it('keeps the token in memory alone: not in the page, its address, storage, cookies or history', async () => {
    const { page } = await visit();
    await signIn(page, holder.secret);
    await page.getByRole('table').waitFor();
    const secret = holder.secret.slice(7);
    expect(await page.content()).not.toContain(secret);
    expect(page.url()).toBe(`http://127.0.0.1:${world.port}/`);
    const stored = await page.evaluate(everythingKept);
    expect(stored).toEqual([{}, {}, '', null, [], [], []]);
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByLabel('Access token').inputValue()).toBe('');
  });

  it('says what is wrong with a token, and how to get the first one', async () => {
    const { page } = await visit();
    await signIn(page, '');
    expect(await page.getByRole('alert').innerText()).toContain('No token');
    await signIn(page, `wl_pat_${'0'.repeat(46)}`);
    await page.getByText('This gateway does not know that token').waitFor();
    expect(await page.getByRole('alert').innerText()).toMatch(/Request [\w-]{20,}/);
    expect(await page.getByRole('main').innerText()).toContain('wayleave admin-token');
    expect(await page.getByRole('main').innerText()).toContain('npm start');
  });

  it('signs out by itself when the token has ended meanwhile', async () => {
    const other = await world.people.holder('acme', [], ['wayleave:self']);
    for (let n = 0; n < 60; n++) await world.people.token(other.user, ['wayleave:self']);
    const { page } = await visit();
    await signIn(page, other.secret);
    await page.getByRole('button', { name: 'Show more' }).waitFor();
    await world.stores.tokens.act(other.tokenId, 'revoke', other.user.id);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('The token has been revoked');
  });

  it('says so when a token may not list tokens', async () => {
    const reader = await world.people.holder('acme', ['analytics/viewer'], ['read']);
    const { page } = await visit();
    await signIn(page, reader.secret);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('wayleave:self');
  });

  it.each(['light', 'dark'] as const)(
    'has no fault that axe finds, in %s colours, wide and narrow',
    async (colorScheme) => {
      const { page } = await visit({ colorScheme, viewport: { width: 1280, height: 800 } });
      await signIn(page, 'nonsense');
      await page.getByRole('alert').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await signIn(page, holder.secret);
      await page.getByRole('table').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await seriousFaults(page)).toEqual([]);
    },
  );

  it('fits 320 pixels without scrolling sideways', async () => {
    const { page } = await visit({ viewport: { width: 320, height: 640 } });
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await signIn(page, holder.secret);
    await page.getByRole('table').waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  it('works by keyboard: sign in, sign out, and the focus is where it is needed', async () => {
    const { page } = await visit();
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
    await signIn(page, holder.secret);
    await page.getByRole('button', { name: 'Sign out' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
  });
});
