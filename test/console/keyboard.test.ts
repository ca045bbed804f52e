import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { newAdmin, newHelper, openConsoleWorld, type ConsoleWorld } from './console-world.ts';

// The stories by the keyboard alone: nothing here clicks, fills or focuses but by keys.

let world: ConsoleWorld;
let browser: Browser;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
}, 120_000);

const tabsMax = 120;

/** Goes by Tab to where somebody would press or type. @throws when Tab does not lead there, or it is not seen there */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < tabsMax; tabs++) {
    if (await target.evaluate((one) => one === document.activeElement)) {
      expect(await target.evaluate((one) => getComputedStyle(one).outlineStyle)).not.toBe('none');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${String(target)}`);
}

async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true });

async function type(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.type(text);
}

/** Chooses, as soon as it can be chosen, by typing how it begins. */
async function choose(page: Page, target: Locator, name: string): Promise<void> {
  await target.getByRole('option', { name, exact: true }).waitFor({ state: 'attached' });
  await type(page, target, name);
}

/** Opens something by its button, and sees the focus go into the dialog and, with Escape, back. */
async function openDialog(page: Page, opener: Locator): Promise<void> {
  const dialog = page.getByRole('dialog');
  for (const isLast of [false, true]) {
    await press(page, opener);
    await dialog.waitFor();
    expect(await dialog.evaluate((one) => one.contains(document.activeElement))).toBe(true);
    if (isLast) return;
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await opener.evaluate((one) => one === document.activeElement)).toBe(true);
  }
}

async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('It is shown this once').waitFor();
  const secret = await dialog.locator('.secret-text').first().innerText();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await tabTo(page, dialog.getByLabel('I have saved it'));
  await page.keyboard.press('Space');
  await press(page, dialog.getByRole('button', { name: 'Done' }));
  await dialog.waitFor({ state: 'detached' });
  return secret;
}

/** Opens the console and signs in: the field has the focus. */
async function signInByKeys(secret: string, options: BrowserContextOptions = {}): Promise<Page> {
  const { page } = await world.open(browser, options);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.keyboard.type(secret);
  await page.keyboard.press('Enter');
  return page;
}

/** What has the focus, as text. */
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');

it('a service user, its role and its token, which is then revoked', async () => {
  const page = await signInByKeys(world.rootToken);
  const dialog = page.getByRole('dialog');
  await press(page, link(page, 'Organisations'));
  await press(page, link(page, 'acme'));
  await press(page, link(page, 'Service users'));

  await openDialog(page, button(page, 'Create service user'));
  await type(page, dialog.getByLabel('Username'), 'export-bot');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  expect(await button(page, 'Create service user').evaluate((one) => one === document.activeElement)).toBe(true);

  await press(page, link(page, 'Authorizations'));
  await openDialog(page, button(page, 'Grant roles'));
  const user = dialog.getByRole('combobox', { name: 'User' });
  await type(page, user, 'export');
  await dialog.getByRole('option', { name: 'export-bot' }).waitFor();
  await page.keyboard.press('ArrowDown');
  // Escape closes the list alone.
  await page.keyboard.press('Escape');
  await dialog.getByRole('listbox').waitFor({ state: 'hidden' });
  await page.keyboard.type('export');
  await dialog.getByRole('option', { name: 'export-bot' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await user.inputValue()).toBe('export-bot');
  await type(page, dialog.getByLabel('Search projects'), 'analy');
  await choose(page, dialog.getByLabel('Project', { exact: true }), 'Analytics');
  await tabTo(page, dialog.getByRole('checkbox', { name: /^viewer / }));
  await page.keyboard.press('Space');
  await press(page, dialog.getByRole('button', { name: 'Grant', exact: true }));
  await page.getByRole('row', { name: /export-bot .*viewer/ }).waitFor();

  await press(page, link(page, 'Service users'));
  await press(page, link(page, 'Create token'));
  await type(page, page.getByLabel('Name', { exact: true }), 'nightly');
  await type(page, page.getByLabel('Search scopes'), 'device');
  await tabTo(page, page.getByRole('checkbox', { name: /^device:read/ }));
  await page.keyboard.press('Space');
  await press(page, button(page, 'Create token'));
  const secret = await takeSecret(page);
  await page.getByRole('heading', { name: 'nightly' }).waitFor();
  expect(await world.request('GET', '/api/devices/7', secret)).toBe('200');

  await openDialog(page, button(page, 'Edit scopes'));
  await tabTo(page, dialog.getByRole('checkbox', { name: /^collection:read/ }));
  await page.keyboard.press('Space');
  await press(page, dialog.getByRole('button', { name: 'Save scopes' }));
  await press(page, dialog.getByRole('button', { name: 'Close' }));

  await openDialog(page, button(page, 'Revoke'));
  await press(page, dialog.getByRole('button', { name: 'Revoke', exact: true }));
  await press(page, dialog.getByRole('button', { name: 'Close' }));
  await page.getByText('Revoked', { exact: true }).first().waitFor();
  expect(await world.request('GET', '/api/devices/7', secret)).toBe('401 token_revoked');

  await press(page, link(page, 'Tokens'));
  await press(page, link(page, 'Revoked'));
  await press(page, link(page, 'nightly'));
  await page.getByRole('heading', { name: 'nightly' }).waitFor();
});

it('a person signs in with an enrolment code and makes a token that calls what it may', async () => {
  const { id } = await world.make('/organizations/acme/users', { kind: 'human', username: 'ada', name: 'Ada' });
  await world.make('/organizations/acme/authorizations', { user_id: id, project: 'analytics', roles: ['viewer'] });
  const { code } = await world.make(`/organizations/acme/users/${String(id)}/enrolment`);

  const page = await signInByKeys(String(code));
  await page.getByText('You have no tokens yet').waitFor();
  expect(await focused(page)).toBe('My tokens');
  await press(page, link(page, 'Create token'));
  await page.getByRole('heading', { name: 'Create token' }).waitFor();
  await type(page, page.getByLabel('Name', { exact: true }), 'laptop');
  await tabTo(page, page.getByRole('checkbox', { name: /^device:read/ }));
  await page.keyboard.press('Space');
  await type(page, page.getByLabel('Expires'), 'In 7 days');
  await press(page, button(page, 'Create token'));
  const secret = await takeSecret(page);
  await page.getByRole('heading', { name: 'laptop' }).waitFor();
  await expect.poll(() => focused(page)).toBe('laptop');
  expect(await world.request('GET', '/api/devices/7', secret)).toBe('200');
  expect(await world.request('DELETE', '/api/devices/7', secret)).toBe('403 insufficient_scope');

  await press(page, link(page, 'Assume user'));
  await page.getByText('You are signed in with an enrolment code').waitFor();
  await press(page, link(page, 'Create a token'));
  await press(page, button(page, 'Create token'));
  const redeemer = await takeSecret(page);
  await page.getByRole('heading', { name: 'assume users' }).waitFor();
  await press(page, button(page, 'Sign out'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.keyboard.type(redeemer);
  await page.keyboard.press('Enter');
  await press(page, link(page, 'Assume user'));
  await tabTo(page, page.getByLabel('Assume-user token'));
});

it('an admin lends a user, a helper redeems that, looks as the user, calls as the user, and stops', async () => {
  const theirs = await signInByKeys(await newAdmin(world, 'lender'));
  await press(theirs, link(theirs, 'Assume-user tokens'));
  await press(theirs, link(theirs, 'Generate'));
  await type(theirs, theirs.getByLabel('Reason'), 'TICKET-7');
  await tabTo(theirs, theirs.getByRole('checkbox', { name: /^device:read/ }));
  await theirs.keyboard.press('Space');
  await press(theirs, button(theirs, 'Generate'));
  const grant = await takeSecret(theirs);
  await expect.poll(() => focused(theirs)).toBe('Assume-user tokens');

  const page = await signInByKeys(await newHelper(world, 'support'));
  await press(page, link(page, 'Assume user'));
  await type(page, page.getByLabel('Assume-user token'), grant);
  await type(page, page.getByLabel('Reason'), 'TICKET-7');
  await page.keyboard.press('Enter');
  const session = await takeSecret(page);
  await expect.poll(() => focused(page)).toBe('Overview');
  expect(await world.request('GET', '/api/devices/7', session)).toBe('200');
  const banner = page.getByText('You act as lender of acme');
  await banner.waitFor();
  await press(page, button(page, 'See your own pages'));
  await expect.poll(() => focused(page)).toBe('Assume user');
  await press(page, button(page, 'See what lender sees'));
  await expect.poll(() => focused(page)).toBe('Overview');
  await press(page, button(page, 'Stop'));
  await banner.waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('Assume user');
  expect(await world.request('GET', '/api/devices/7', session)).toBe('401 assume_ended');
});

it('the menu of a narrow screen opens and closes, leads on, and the page begins behind one link', async () => {
  const page = await signInByKeys(world.rootToken, { viewport: { width: 320, height: 640 } });
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const menu = button(page, 'Menu');
  expect(await menu.getAttribute('aria-expanded')).toBe('false');
  await press(page, menu);
  expect(await menu.getAttribute('aria-expanded')).toBe('true');
  await page.keyboard.press('Escape');
  expect(await menu.getAttribute('aria-expanded')).toBe('false');
  expect(await menu.evaluate((one) => one === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await press(page, link(page, 'Routes'));
  await page.getByRole('heading', { name: 'Routes' }).waitFor();
  expect(await focused(page)).toBe('Routes');
  await expect.poll(() => menu.getAttribute('aria-expanded')).toBe('false');
  await press(page, link(page, 'Skip to the page'));
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
});
