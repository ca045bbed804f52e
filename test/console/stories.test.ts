import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { AdminClient } from '../admin-api/support/client.ts';
import { newAdmin, newHelper, openConsoleWorld, pickUser, signIn, type ConsoleWorld } from './console-world.ts';

// The stories of README.md, by nothing but the console; each ends with a request through the gateway.

let world: ConsoleWorld;
let browser: Browser;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
}, 120_000);

/** Opens the console as the platform's admin, on a page of acme. */
async function openAsRoot(address: string): Promise<Page> {
  const { page } = await world.open(browser);
  await signIn(page, world.rootToken);
  await page.goto(`${world.admin}/#/o/acme/${address}`);
  return page;
}

/** The button of a page or dialog. */
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function grantRole(page: Page, username: string, role: string): Promise<void> {
  await page.getByRole('link', { name: 'Authorizations' }).click();
  await press(page, 'Grant roles');
  const dialog = page.getByRole('dialog');
  await pickUser(dialog, 'User', username);
  await dialog.getByLabel('Search projects').fill('analy');
  await dialog.getByLabel('Project', { exact: true }).selectOption({ label: 'Analytics' });
  await dialog.getByRole('checkbox', { name: new RegExp(`^${role} `) }).check();
  await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
  await page.getByRole('row', { name: new RegExp(`${username} .*${role}`) }).waitFor();
}

/** Reads the secret that a dialog shows, says that it is saved, and sees that the page keeps nothing of it. */
async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog');
  const secret = await dialog.locator('.secret-text').first().innerText();
  expect(await dialog.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(secret);
  expect(
    await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])'),
  ).not.toContain(secret);
  expect(page.url()).not.toContain(secret);
  return secret;
}

describe('a machine gets an identity', () => {
  it('a service user, a role and a token, with which it calls what it may and nothing else', async () => {
    const page = await openAsRoot('service-users');
    await press(page, 'Create service user');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('export-bot');
    await dialog.getByLabel('Description').fill('Copies the inventory at night');
    await dialog.getByLabel('Access-token type').selectOption('bearer');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('row', { name: /export-bot/ }).waitFor();
    await grantRole(page, 'export-bot', 'viewer');
    await page.getByRole('link', { name: 'Service users' }).click();
    await page.getByRole('link', { name: 'Create token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('nightly');
    expect(await page.getByRole('checkbox', { name: /^device:write/ }).isDisabled()).toBe(true);
    await page.getByRole('checkbox', { name: /^device:read/ }).check();
    const sentence = page.getByText('It can call GET, HEAD /api/devices/**');
    await sentence.waitFor();
    await page.getByLabel('Expires').selectOption('7');
    await press(page, 'Create token');
    const secret = await takeSecret(page);
    await page.getByRole('heading', { name: 'nightly' }).waitFor();
    expect(await world.request('GET', '/api/devices/7', secret)).toBe('200');
    expect(await world.request('DELETE', '/api/devices/7', secret)).toBe('403 insufficient_scope');
  });
});

describe('a person makes tokens', () => {
  it('an enrolment code signs the person in, who makes a token and later changes its scopes', async () => {
    const page = await openAsRoot('people');
    await press(page, 'Add person');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('ada');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row', { name: /ada/ }).waitFor();
    await grantRole(page, 'ada', 'tenant-admin');
    await page.getByRole('link', { name: 'People' }).click();
    await press(page, 'Enrol');
    await dialog.getByRole('button', { name: 'Make a code' }).click();
    await dialog.getByText('It works once').waitFor();
    const code = await takeSecret(page);
    expect(code).toMatch(/^wl_enr_/);

    const { page: own } = await world.open(browser);
    await signIn(own, code);
    await own.getByText('You have no tokens yet').waitFor();
    await own.getByRole('link', { name: 'Create token' }).click();
    await own.getByLabel('Name', { exact: true }).fill('laptop');
    await own.getByRole('checkbox', { name: /^device:read/ }).check();
    await press(own, 'Create token');
    const secret = await takeSecret(own);
    expect(await world.request('POST', '/api/devices', secret)).toBe('403 insufficient_scope');

    await press(own, 'Edit scopes');
    await own
      .getByRole('dialog')
      .getByRole('checkbox', { name: /^device:write/ })
      .check();
    await own.getByText('Added: device:write').waitFor();
    await press(own, 'Save scopes');
    await own.getByText(/Confirmed by 1 of 1 node in \d+ ms/).waitFor();
    await press(own, 'Close');
    await own.getByRole('listitem').filter({ hasText: 'device:write' }).waitFor();
    expect(await world.request('POST', '/api/devices', secret)).toBe('200');
  });
});

describe('tokens come to their end', () => {
  let page: Page;

  /** Makes a token and opens its page. */
  async function openToken(name: string): Promise<string> {
    const { body } = await world.api.get('/api/v1/organizations/acme/users?search=worker');
    const [worker] = body['items'] as { id: string }[];
    const wish = { user_id: worker?.id, name, scopes: ['device:read'], lifetime: '2h' };
    const made = (await world.make('/tokens', wish)) as { token: { id: string }; secret: string };
    await page.goto(`${world.admin}/#/o/acme/tokens/${made.token.id}`);
    await page.getByRole('heading', { name }).waitFor();
    return made.secret;
  }

  beforeAll(async () => {
    const worker = { kind: 'service', username: 'worker', name: 'Worker' };
    const { id } = await world.make('/organizations/acme/users', worker);
    await world.make('/organizations/acme/authorizations', { user_id: id, project: 'analytics', roles: ['viewer'] });
    page = await openAsRoot('overview');
  });

  it('revoke: it says what will end, shows the receipt, and lists the token where it belongs', async () => {
    const secret = await openToken('leaked');
    expect(await world.request('GET', '/api/devices/1', secret)).toBe('200');
    await expect
      .poll(async () => {
        await page.reload();
        await page.getByText('from 127.0.0.1 on devices').waitFor({ timeout: 2000 });
        return true;
      })
      .toBe(true);
    await press(page, 'Revoke');
    const dialog = page.getByRole('dialog');
    expect(await dialog.innerText()).toMatch(/used .* ago by 127\.0\.0\.1/);
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await dialog.getByText(/Confirmed by 1 of 1 node in \d+ ms/).waitFor();
    await press(page, 'Close');
    expect(await world.request('GET', '/api/devices/1', secret)).toBe('401 token_revoked');
    await page.getByRole('link', { name: 'Tokens', exact: true }).click();
    await page.getByRole('link', { name: 'Revoked', exact: true }).click();
    await page.getByRole('row', { name: /leaked/ }).waitFor();
  });

  it('expire, and disable for a while', async () => {
    const trial = await openToken('trial');
    await press(page, 'Disable');
    await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('Done everywhere').waitFor();
    await press(page, 'Close');
    expect(await world.request('GET', '/api/devices/1', trial)).toBe('401 token_disabled');
    await press(page, 'Enable');
    await page.getByRole('dialog').getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText('Done everywhere').waitFor();
    await press(page, 'Close');
    expect(await world.request('GET', '/api/devices/1', trial)).toBe('200');
    await press(page, 'Expire now');
    await page.getByRole('dialog').getByRole('button', { name: 'Expire now', exact: true }).click();
    await page.getByText('Done everywhere').waitFor();
    await press(page, 'Close');
    expect(await world.request('GET', '/api/devices/1', trial)).toBe('401 token_expired');
    await page.getByRole('link', { name: 'Tokens', exact: true }).click();
    await page.getByRole('link', { name: 'Expired', exact: true }).click();
    await page.getByRole('row', { name: /trial/ }).waitFor();
  });

  it('rotate: the new secret works, and the old one as long as the overlap', async () => {
    const old = await openToken('rotated');
    await press(page, 'Rotate');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
    await page.getByText('The old secret works on for one hour').waitFor();
    const next = await takeSecret(page);
    expect(await world.request('GET', '/api/devices/1', next)).toBe('200');
    expect(await world.request('GET', '/api/devices/1', old)).toBe('200');
    await page.getByText(`ends in ${old.slice(-4)}, works until`).waitFor();
  });
});

describe('support sees what the customer sees', () => {
  it('an admin lends the right, a helper acts by it under a banner, and nothing is left after Stop', async () => {
    const lender = await newAdmin(world, 'lender');
    const { page } = await world.open(browser);
    await signIn(page, lender);
    await page.getByRole('link', { name: 'Assume-user tokens' }).click();
    await page.getByRole('link', { name: 'Generate' }).click();
    await page.getByLabel('Reason').fill('TICKET-7');
    await page.getByRole('checkbox', { name: /^device:read/ }).check();
    await page.getByLabel('Valid for').selectOption('2h');
    await press(page, 'Generate');
    const grant = await takeSecret(page);
    expect(grant).toMatch(/^wl_asu_/);

    const secret = await newHelper(world, 'support');
    const { page: theirs } = await world.open(browser);
    await signIn(theirs, secret);
    await theirs.getByRole('link', { name: 'Assume user' }).click();
    await theirs.getByLabel('Assume-user token').fill('wl_asu_mistyped');
    await theirs.getByLabel('Reason').fill('TICKET-7');
    await press(theirs, 'Begin');
    expect(await theirs.getByRole('alert').innerText()).toMatch(/Request [\w-]{20,}/);
    await theirs.getByLabel('Assume-user token').fill(grant);
    await theirs.getByLabel('Reason').fill('TICKET-7');
    await press(theirs, 'Begin');
    const session = await takeSecret(theirs);
    expect(await theirs.content()).not.toContain(grant);
    expect(await world.request('GET', '/api/devices/1', session)).toBe('200');
    expect(await world.request('POST', '/api/devices', session)).toContain('403');

    const banner = theirs.getByText('You act as lender of acme and are really support of helpers');
    await theirs.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await theirs.locator('header').innerText()).toContain('lender in acme');
    for (const address of ['o/acme/tokens', 'o/acme/people', 'o/acme/audit', 'routes']) {
      await theirs.goto(`${world.admin}/#/${address}`);
      await banner.waitFor();
      expect(await theirs.getByRole('timer').innerText()).toMatch(/^1:5\d:\d\d$/);
    }
    await theirs.goto(`${world.admin}/#/o/acme/people`);
    await theirs.reload();
    await theirs.getByRole('row', { name: /lender/ }).waitFor();
    expect(await theirs.getByRole('button', { name: /^(Add|Edit|Enrol|Disable|Delete)/ }).count()).toBe(0);
    await press(theirs, 'See your own pages');
    await theirs.getByRole('heading', { name: 'Assume user' }).waitFor();
    await banner.waitFor();
    expect(await theirs.locator('header').innerText()).toContain('support in helpers');
    await press(theirs, 'See what lender sees');
    await theirs.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.reload();
    await page.getByRole('row', { name: /support of helpers as lender/ }).waitFor();
    await press(theirs, 'Stop');
    await banner.waitFor({ state: 'detached' });
    await theirs.getByRole('heading', { name: 'Assume user' }).waitFor();
    expect(await theirs.locator('header').innerText()).toContain('support in helpers');
    expect(await world.request('GET', '/api/devices/1', session)).toBe('401 assume_ended');
  });
});

it('a request that was refused is explained by its id, step by step', async () => {
  const robot = { kind: 'service', username: 'puzzled', name: 'Puzzled' };
  const { id } = await world.make('/organizations/acme/users', robot);
  await world.make('/organizations/acme/authorizations', { user_id: id, project: 'analytics', roles: ['viewer'] });
  const wish = { user_id: id, name: 'narrow', scopes: ['collection:read'], lifetime: '2h' };
  const { secret } = await world.make('/tokens', wish);
  const answer = await fetch(`${world.proxy}/api/devices/1`, {
    headers: { authorization: `Bearer ${String(secret)}` },
  });
  expect(answer.status).toBe(403);
  const page = await openAsRoot('overview');
  await page.getByRole('link', { name: 'Routes' }).click();
  await page.getByLabel('Or by request id').fill(answer.headers.get('x-request-id') ?? '');
  await press(page, 'Explain');
  await page.getByText('Refused with 403 insufficient_scope by the route devices').waitFor();
  expect(await page.locator('.steps .decides').innerText()).toContain('device:read');
});

it('a helper who looks as somebody is told when the organisation ends that, and is oneself again', async () => {
  const admin = await newAdmin(world, 'seen');
  const lend = { validity: '2h', reason: 'TICKET-8' };
  const { secret } = await world.make('/organizations/acme/assume-tokens', lend, admin);
  const page = await openAsRoot('overview');
  await page.getByRole('link', { name: 'Assume user' }).click();
  await page.getByLabel('Assume-user token').fill(String(secret));
  await page.getByLabel('Reason').fill('TICKET-8');
  await press(page, 'Begin');
  await takeSecret(page);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const client = new AdminClient(Number(new URL(world.admin).port), admin);
  const { body } = await client.get('/api/v1/organizations/acme/assume-sessions?state=active');
  const [session] = body['items'] as { id: string }[];
  expect((await client.call('DELETE', `/api/v1/organizations/acme/assume-sessions/${session?.id}`)).status).toBe(200);
  await page.getByRole('link', { name: 'Tokens', exact: true }).click();
  await page.getByRole('heading', { name: 'Assume user' }).waitFor();
  await page.getByRole('alert').getByText('no longer, in a session').waitFor();
  expect(await page.locator('header').innerText()).toContain('root in platform');
  await page.getByRole('link', { name: 'My tokens' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});
