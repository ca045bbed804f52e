import { chromium, type Browser } from 'playwright-core';
import { onCleanup } from './cleanup.ts';
import { askForServer } from './shared-servers.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that asks for anything outside this machine finds nothing.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** Opens a headless browser that is closed when the tests of this file are over. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await askForServer('chromium');
  const browser = await chromium.launch({ executablePath, headless: true, args: flags });
  onCleanup(() => browser.close());
  return browser;
}
