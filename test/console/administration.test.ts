import { readFile, writeFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { openConsoleWorld, pickUser, signIn, type ConsoleWorld } from './console-world.ts';

// What admins do besides the stories, by the console alone; each is seen to be so by the API.

let world: ConsoleWorld;
let browser: Browser;
let page: Page;
let userId: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
  await world.make('/organizations/acme/users', { kind: 'human', username: 'ada', name: 'Ada' });
  const robot = { kind: 'service', username: 'robot', name: 'Robot', purpose: 'Old words' };
  userId = String((await world.make('/organizations/acme/users', robot))['id']);
  for (const name of ['job-1', 'job-2', 'keep']) await newToken(name);
  ({ page } = await world.open(browser));
  await signIn(page, world.rootToken);
}, 120_000);

const newToken = (name: string) =>
  world.make('/tokens', { user_id: userId, name, scopes: ['wayleave:self'], lifetime: '2h' });

const dialog = () => page.getByRole('dialog');
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const confirm = (name: string) => dialog().getByRole('button', { name, exact: true }).click();

async function goTo(address: string): Promise<void> {
  await page.goto(`${world.admin}/#/${address}`);
}

async function read(path: string): Promise<Record<string, unknown>> {
  const { body } = await world.api.get(`/api/v1${path}`);
  return body;
}

it('a service user gets another name, description and owner, and one without an owner again', async () => {
  await goTo('o/acme/service-users');
  await press('Edit');
  await dialog().getByLabel('Name').fill('Robot of the night');
  await dialog().getByLabel('Description').fill('Copies the inventory');
  await pickUser(dialog(), 'Owner', 'ada');
  await confirm('Save');
  await page.getByRole('row', { name: /Robot of the night.*Copies the inventory.*ada/ }).waitFor();
  const of = `/organizations/acme/users/${userId}`;
  expect(await read(of)).toMatchObject({ name: 'Robot of the night', purpose: 'Copies the inventory' });
  await press('Edit');
  await dialog().getByLabel('Name').fill('');
  await confirm('Save');
  await dialog().getByRole('alert').waitFor();
  await dialog().getByLabel('Name').fill('Robot');
  expect(await dialog().getByRole('combobox', { name: 'Owner' }).inputValue()).toBe('ada');
  await dialog().getByRole('combobox', { name: 'Owner' }).fill('');
  await confirm('Save');
  await page.getByRole('row', { name: /Nobody/ }).waitFor();
  expect(await read(of)).toMatchObject({ name: 'Robot', owner: null });
});

it('all tokens that a filter finds are expired at once, after it was shown which', async () => {
  await goTo('o/acme/tokens');
  await page.getByRole('row', { name: /job-1/ }).waitFor();
  expect(await page.getByRole('button', { name: 'Expire all that match' }).count()).toBe(0);
  await page.getByLabel('Search').fill('job');
  await press('Search');
  await press('Expire all that match');
  await dialog().getByText('2 tokens will end').waitFor();
  expect(await dialog().getByRole('listitem').allInnerTexts()).toEqual([
    'job-1 of robot, never used',
    'job-2 of robot, never used',
  ]);
  expect((await read('/tokens?organization=acme&state=active'))['items']).toHaveLength(3);
  await confirm('Expire 2');
  await dialog()
    .getByText(/Confirmed by 1 of 1 node in \d+ ms/)
    .waitFor();
  await confirm('Close');
  await page.getByText('No active token matches').waitFor();
  const { items } = await read('/tokens?organization=acme&state=active');
  expect(items).toMatchObject([{ name: 'keep' }]);
});

it('a list that is led to by an address says what was asked of it, and whose alone it shows', async () => {
  await goTo('o/acme/tokens?search=keep');
  await page.getByRole('row', { name: /keep/ }).waitFor();
  expect(await page.getByLabel('Search').inputValue()).toBe('keep');
  await goTo(`o/acme/tokens?user_id=${userId}`);
  await page.getByText('Only those of robot.').waitFor();
  expect(await page.getByLabel('Search').inputValue()).toBe('');
});

it('a token of one organisation has its history, whichever other the pages are of', async () => {
  await goTo('o/acme/overview');
  await goTo('my-tokens');
  await page.getByRole('link', { name: /admin-token/ }).click();
  const made = page.getByRole('row', { name: /token\.create/ });
  await made.waitFor();
  expect(await made.count()).toBe(1);
});

it('the audit log is filtered by action and day, shows before and after, is verified and exported', async () => {
  await goTo('o/acme/audit');
  await page.getByLabel('Action').selectOption('user.change');
  await press('Filter');
  const rows = page.getByRole('row', { name: /user\.change/ });
  // With the head of the table; before the filter there are as many of these rows among others.
  await expect.poll(() => page.getByRole('row').count()).toBe(3);
  expect(await rows.count()).toBe(2);
  await rows.last().locator('summary').click();
  expect(await rows.last().locator('dl').innerText()).toMatch(/purpose\s+Old words → Copies the inventory/);

  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await press('Filter');
  await page.getByText('Nothing matches').waitFor();
  expect(page.url()).toContain('until=2020-01-01');
  await press('Show all');
  await page.getByRole('row', { name: /organization\.create/ }).waitFor();

  await press('Verify the chain');
  await page.getByText('The chain is unbroken').waitFor();

  await page.getByLabel('Action').selectOption('token.expire');
  await press('Filter');
  await expect.poll(() => page.getByRole('row').count()).toBe(3);
  expect(await page.getByRole('row', { name: /token\.expire/ }).count()).toBe(2);
  const [download] = await Promise.all([page.waitForEvent('download'), press('Export')]);
  expect(download.suggestedFilename()).toBe('audit-acme.jsonl');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  const actions = lines.map((line) => (JSON.parse(line) as { action?: string }).action);
  expect(actions).toEqual(['token.expire', 'token.expire', undefined]);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ trailer: { rows: 2 } });
});

it('an export that breaks off is not taken for the whole', async () => {
  await goTo('o/acme/audit?target=none');
  await page.route('**/api/v1/audit/export?*', (route) =>
    route.fulfill({ body: '{"id":"aud_1"}\n', contentType: 'application/jsonl' }),
  );
  await press('Export');
  expect(await page.getByRole('alert').innerText()).toContain('The export broke off');
  await page.unroute('**/api/v1/audit/export?*');
});

it('the next signing key is made, and one that was published is retired', async () => {
  await goTo('signing-keys');
  await page.getByRole('row', { name: /Signing/ }).waitFor();
  await press('Rotate');
  await confirm('Rotate');
  await dialog().getByText('Done everywhere').waitFor();
  await confirm('Close');
  await page.getByRole('row', { name: /Published/ }).waitFor();
  await press('Retire');
  await confirm('Retire');
  await dialog().getByText('Done everywhere').waitFor();
  await confirm('Close');
  await page.getByRole('row', { name: /Gone/ }).waitFor();
  const { items } = await read('/keys');
  expect((items as { state: string }[]).map(({ state }) => state)).toEqual(['gone', 'signing']);
});

it('a file that is not valid is refused with every problem, and a banner says so until it is mended', async () => {
  const { file } = (await read('/config')) as { file: string };
  const good = await readFile(file, 'utf8');
  await goTo('o/acme/overview');
  try {
    await writeFile(file, good.replace('version: 1', 'version: 1\nlisten_on: here'));
    await press('Reload');
    await confirm('Reload');
    await dialog().getByRole('alert').getByText('unknown-key').waitFor();
    expect(await dialog().getByRole('alert').innerText()).toMatch(/Request [\w-]{20,}/);
    await confirm('Cancel');
    await page.getByText('gateway.yaml is not valid.').waitFor();
    await goTo('my-tokens');
    await page.getByText('gateway.yaml is not valid.').waitFor();
  } finally {
    await writeFile(file, good.replace('Read policies', 'Read every policy'));
  }
  await goTo('o/acme/overview');
  await press('Reload');
  await confirm('Reload');
  await dialog().getByText('runs by revision').waitFor();
  await confirm('Close');
  await page.getByText('gateway.yaml is not valid.').waitFor({ state: 'detached' });
});

it('a form with several faults says which field is wrong with what, in the words of the page', async () => {
  await goTo('organizations');
  await press('Create organisation');
  await dialog().getByLabel('Full name').fill('x'.repeat(300));
  await confirm('Create');
  const items = dialog().getByRole('alert').getByRole('listitem');
  await items.nth(1).waitFor();
  expect(await items.allInnerTexts()).toEqual([
    expect.stringMatching(/^slug must be/),
    expect.stringMatching(/^name must be/),
  ]);
  expect(await dialog().getByRole('alert').innerText()).not.toContain('see "errors"');
  await confirm('Cancel');
});

it('an organisation is renamed, suspended and resumed', async () => {
  await goTo('organizations');
  const row = page.getByRole('row', { name: /acme/ });
  await row.getByRole('button', { name: 'Rename' }).click();
  await dialog().getByLabel('Full name').fill('Acme Limited');
  await confirm('Save');
  await row.getByText('Acme Limited').waitFor();
  await row.getByRole('button', { name: 'Suspend' }).click();
  await confirm('Suspend');
  await dialog().getByText('Done everywhere').waitFor();
  await confirm('Close');
  await row.getByText('Suspended').waitFor();
  expect(await read('/organizations/acme')).toMatchObject({ name: 'Acme Limited', status: 'suspended' });
  await row.getByRole('button', { name: 'Resume' }).click();
  await confirm('Resume');
  await dialog().getByText('Done everywhere').waitFor();
  await confirm('Close');
  await row.getByText('Active').waitFor();
  // Nobody could resume it.
  const own = page.getByRole('row', { name: /^platform/ });
  expect(await own.getByRole('button').allInnerTexts()).toEqual(['Rename']);
});

it('deliveries of webhooks are listed by what became of them, and a failure of the list can be tried again', async () => {
  const at = new Date().toISOString();
  const delivery = {
    id: 'whd_1',
    event_id: 'evt_1',
    type: 'token.expiring',
    organization_id: 'org_1',
    target: 'ops',
    state: 'dead',
    attempts: 12,
    created_at: at,
    next_attempt_at: null,
    last_attempt_at: at,
    last_status: 500,
    last_error: null,
  };
  const problem = {
    title: 'The store does not answer',
    detail: 'Try again in a moment.',
    status: 503,
    request_id: 'r-1',
  };
  let asked = 0;
  await page.route('**/api/v1/webhooks/deliveries?state=dead', (route) =>
    asked++ === 0
      ? route.fulfill({ status: 503, json: problem })
      : route.fulfill({ json: { items: [delivery], next_cursor: null } }),
  );
  await page.getByRole('link', { name: 'Webhooks' }).click();
  expect(await page.getByRole('alert').innerText()).toMatch(/does not answer[\s\S]*in a moment[\s\S]*r-1/);
  await press('Try again');
  await page.getByRole('row', { name: /token\.expiring.*ops.*Given up.*12.*500/ }).waitFor();
  await page.getByRole('link', { name: 'Delivered' }).click();
  await page.getByText('Nothing was delivered yet').waitFor();
});
