import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { AdminClient, type ApiAnswer } from '../admin-api/support/client.ts';
import { runCli } from '../commands/cli-process.ts';
import { startShippedGateway } from '../readme/shipped-gateway.ts';

/** The shipped gateway with its demo upstream on the embedded store, and an organisation `acme` in it. */
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
}

export async function openConsoleWorld(): Promise<ConsoleWorld> {
  const { folder, ports } = await startShippedGateway();
  const proxy = `http://127.0.0.1:${ports.get('8080')}`;
  const adminPort = Number(ports.get('8081'));
  const made = await runCli(['admin-token'], { WAYLEAVE_CONFIG: join(folder, 'gateway.yaml') });
  const rootToken = made.stdout.trim();
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
  await page.goto(`${admin}/`);
  return { page, complaints };
}

/** Signs in with a token or an enrolment code, and waits for the page behind it. */
export async function signIn(page: Page, secret: string): Promise<void> {
  await page.getByLabel('Access token or enrolment code').fill(secret);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}
