import type { Browser, BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { builtInRoles } from '../../src/core/scope.ts';
import { AdminClient, type ApiAnswer } from '../admin-api/support/client.ts';
import { startShippedGateway } from '../readme/shipped-gateway.ts';
import { copyAdminStore } from './admin-store.ts';

/** The shipped gateway with its demo upstream on the embedded store, and the organisations `acme` and `helpers` in it. */
export interface ConsoleWorld {
  readonly proxy: string;
  readonly admin: string;
  /** A token of the platform's admin. */
  readonly rootToken: string;
  /** The admin API with that token. */
  readonly api: AdminClient;
  /** Makes something by the admin API, with that token unless told; a busy store is asked again. @throws when refused */
  make(path: string, body?: object, token?: string): Promise<ApiAnswer['body']>;
  /** A request through the gateway: its status, and the code where the gateway refused it. */
  request(method: string, path: string, token: string): Promise<string>;
  /** Opens the console in a browser of its own. */
  open(browser: Browser, options?: BrowserContextOptions): Promise<Visit>;
}

export interface Visit {
  readonly page: Page;
  /** What the page asked of other addresses, and what it complained about. */
  readonly complaints: readonly string[];
  /** Resolves when the page has been drawn and nothing that it asked for is under way. */
  readonly settled: () => Promise<void>;
}

export async function openConsoleWorld(): Promise<ConsoleWorld> {
  let rootToken = '';
  const { ports } = await startShippedGateway(async (dataDir) => {
    rootToken = await copyAdminStore(dataDir);
  });
  const proxy = `http://127.0.0.1:${ports.get('8080')}`;
  const adminPort = Number(ports.get('8081'));
  const api = new AdminClient(adminPort, rootToken);
  const admin = `http://127.0.0.1:${adminPort}`;
  const world: ConsoleWorld = {
    proxy,
    admin,
    rootToken,
    api,
    async make(path, body = {}, token = rootToken) {
      const client = new AdminClient(adminPort, token);
      for (let tries = 0; ; tries++) {
        const answer = await client.post(`/api/v1${path}`, body);
        if (answer.status < 300) return answer.body;
        if (answer.status !== 503 || tries === 20) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      }
    },
    async request(method, path, token) {
      const answer = await fetch(proxy + path, { method, headers: { authorization: `Bearer ${token}` } });
      await answer.text();
      return [String(answer.status), answer.headers.get('x-wayleave-error') ?? ''].join(' ').trim();
    },
    open: (browser, options) => visit(browser, admin, options),
  };
  await world.make('/organizations', { slug: 'acme', name: 'Acme Ltd' });
  await world.make('/organizations', { slug: 'helpers', name: 'Helpers' });
  return world;
}

async function visit(browser: Browser, admin: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // Shorter than a test may take, so that a failure says what was waited for.
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${admin}/`)) complaints.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const settled = whenSettled(page);
  await page.goto(`${admin}/`);
  return { page, complaints, settled };
}

/** An answer may make the page ask for more, which it does within a few frames. */
const quietMs = 60;

function whenSettled(page: Page): () => Promise<void> {
  const underWay = new Set<Request>();
  let lastMs = Date.now();
  const note = (change: (request: Request) => void) => (request: Request) => {
    change(request);
    lastMs = Date.now();
  };
  page.on(
    'request',
    note((request) => underWay.add(request)),
  );
  for (const end of ['requestfinished', 'requestfailed'] as const) {
    page.on(
      end as 'requestfinished',
      note((request) => underWay.delete(request)),
    );
  }
  return async () => {
    const beganMs = Date.now();
    while (underWay.size > 0 || Date.now() - Math.max(lastMs, beganMs) < quietMs) await page.waitForTimeout(10);
    await page.evaluate('new Promise(requestAnimationFrame)');
  };
}

/** Signs in with a token or an enrolment code, and waits for the page behind it. */
export async function signIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel('Access token or enrolment code').fill(secret);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Chooses a user in a field that searches as one types. */
export async function pickUser(within: Page | Locator, label: string, username: string): Promise<void> {
  await within.getByRole('combobox', { name: label }).fill(username);
  await within.getByRole('option', { name: new RegExp(`^${username}\\b`) }).click();
  await within.getByRole('listbox').waitFor({ state: 'hidden' });
}

/** A token of a new admin of acme, who may read devices. */
export async function newAdmin(world: ConsoleWorld, username: string): Promise<string> {
  const { id } = await world.make('/organizations/acme/users', { kind: 'human', username, name: username });
  for (const [project, role] of [
    ['wayleave', 'org-admin'],
    ['analytics', 'viewer'],
  ]) {
    await world.make('/organizations/acme/authorizations', { user_id: id, project, roles: [role] });
  }
  const { code } = await world.make(`/organizations/acme/users/${String(id)}/enrolment`);
  const scopes = [...builtInRoles['org-admin'], ...builtInRoles.member, 'device:read'];
  const { secret } = await world.make('/enrol', { code, token: { name: 'own', scopes, lifetime: '2d' } });
  return String(secret);
}

/** A token of a new user of the organisation `helpers` that may redeem assume-user tokens. */
export async function newHelper(world: ConsoleWorld, username: string): Promise<string> {
  const { id } = await world.make('/organizations/helpers/users', { kind: 'service', username, name: 'Support' });
  const scopes = ['wayleave:assume', 'wayleave:self'];
  return String((await world.make('/tokens', { user_id: id, name: 'console', scopes, lifetime: '8h' }))['secret']);
}
