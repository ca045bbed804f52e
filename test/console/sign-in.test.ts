import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { openConsoleWorld, signIn, type ConsoleWorld } from './console-world.ts';

let world: ConsoleWorld;
let browser: Browser;
let token: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
  token = await newToken('ada');
}, 120_000);

/** A token of a new service user that may see to its own tokens. */
async function newToken(username: string): Promise<string> {
  const { id } = await world.make('/organizations/acme/users', { kind: 'service', username, name: username });
  const made = await world.make('/tokens', { user_id: id, name: 'console', scopes: ['wayleave:self'], lifetime: '2h' });
  return String(made['secret']);
}

const field = (page: Page) => page.getByLabel('Access token or enrolment code');
const signInHeading = (page: Page) => page.getByRole('heading', { name: 'Sign in' });

/** Whatever a page can keep, as the page itself sees it. */
const everythingKept = `Promise.all([
  Object.keys(localStorage),
  { ...sessionStorage },
  document.cookie,
  history.state,
  indexedDB.databases(),
  caches.keys(),
  [...document.querySelectorAll('input')].map(({ value }) => value),
])`;

describe('signing in', () => {
  it('with a token leads to the page that was asked for, and so does a reload', async () => {
    const { page, complaints } = await world.open(browser);
    await page.goto(`${world.admin}/#/my-tokens`);
    await signIn(page, token);
    await page.getByRole('heading', { name: 'My tokens' }).waitFor();
    expect(await page.title()).toBe('My tokens - Wayleave');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('My tokens');
    expect(await page.locator('header').innerText()).toContain('ada in acme');
    await page.reload();
    await page.getByText('in use here').waitFor();
    expect(complaints).toEqual([]);
  });

  it('keeps the token nowhere: not in the page, its address, storage, cookies or history', async () => {
    const { page } = await world.open(browser);
    await signIn(page, token);
    await page.getByRole('table').waitFor();
    const secret = token.slice(7);
    expect(await page.content()).not.toContain(secret);
    expect(page.url()).toBe(`${world.admin}/`);
    expect(await page.evaluate(everythingKept)).toEqual([['wayleave-page-key'], {}, '', null, [], [], []]);
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(secret);
    const [cookie, ...others] = await page.context().cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ name: 'wayleave_console', httpOnly: true, sameSite: 'Strict' });
    expect(cookie?.value).not.toContain(secret);
  });

  it('says what is wrong with a token, and how to get the first one', async () => {
    const { page } = await world.open(browser);
    await field(page).press('Enter');
    expect(await page.getByRole('alert').innerText()).toContain('No token');
    await field(page).fill(`wl_pat_${'0'.repeat(46)}`);
    await page.keyboard.press('Enter');
    await page.getByText('no access token that this gateway knows').waitFor();
    expect(await page.getByRole('alert').innerText()).toMatch(/Request [\w-]{20,}/);
    const text = await page.getByRole('main').innerText();
    for (const way of ['wayleave admin-token', 'npm start', 'enrolment code']) expect(text).toContain(way);
  });

  it('ends on the server with signing out, and the focus is where it is needed', async () => {
    const { page } = await world.open(browser);
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
    await signIn(page, token);
    const cookies = await page.context().cookies();
    const key = await page.evaluate<string>(`localStorage.getItem('wayleave-page-key')`);
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await signInHeading(page).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const late = await world.api.call('GET', '/api/v1/me', undefined, {
      authorization: '',
      cookie,
      'x-wayleave-console': key,
    });
    expect(late.status).toBe(401);
    await page.reload();
    await signInHeading(page).waitFor();
  });

  it('is asked for again, with the reason, once the token has ended', async () => {
    const other = await newToken('short-lived');
    const { page } = await world.open(browser);
    await signIn(page, other);
    const { body } = await world.api.get('/api/v1/tokens?organization=acme&search=short-lived');
    const [found] = body['items'] as { id: string }[];
    await world.make(`/tokens/${found?.id}/revoke`);
    await page.getByRole('link', { name: 'Create token' }).click();
    await signInHeading(page).waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('The token has been revoked');
  });
});
