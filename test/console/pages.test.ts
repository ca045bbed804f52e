import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { openConsoleWorld, signIn, type ConsoleWorld } from './console-world.ts';
import { faultsOf, overflowOf } from './faults.ts';
import { furnish, type Furniture } from './furnish.ts';

/** A page or dialog takes a second, and more where all tests share the machine. */
const allMs = 180_000;
let world: ConsoleWorld;
let browser: Browser;
let furniture: Furniture;

beforeAll(async () => {
  [world, browser] = await Promise.all([openConsoleWorld(), openBrowser()]);
  furniture = await furnish(world);
}, allMs);

/** Goes to a page and waits until nothing of it is awaited. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.goto(`${world.admin}/#/${address}`);
  await page.locator('.page h1').waitFor();
  await page.waitForLoadState('networkidle');
  await expect
    .poll(async () => {
      // A store that is busy with other tests says so after a second, and is asked again as people would.
      const again = page.getByRole('alert').filter({ hasText: 'store' }).getByRole('button', { name: 'Try again' });
      if ((await again.count()) > 0) await again.first().click();
      return page.locator('[aria-busy=true], main [role=alert]').count();
    })
    .toBe(0);
}

/** Dialogs, each by the page it opens on and the button that opens it. */
const dialogs: readonly (readonly [page: string, button: string])[] = [
  ['token', 'Edit scopes'],
  ['token', 'Rotate'],
  ['token', 'Revoke'],
  ['service-users', 'Create service user'],
  ['people', 'Add person'],
  ['people', 'Enrol'],
  ['people', 'Edit'],
  ['service-users', 'Edit'],
  ['tokens-found', 'Expire all that match'],
  ['expired', 'Delete old ones'],
  ['overview', 'Reload'],
  ['signing-keys', 'Rotate'],
  ['organizations', 'Rename'],
  ['organizations', 'Suspend'],
  ['authorizations', 'Grant roles'],
  ['authorizations', 'Take away'],
  ['assume-tokens', 'Expire'],
  ['assume-tokens', 'End'],
  ['organizations', 'Create organisation'],
];

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  let page: Page;

  beforeAll(async () => {
    ({ page } = await world.open(browser, { colorScheme }));
  });

  it('axe finds nothing on the page that one signs in by, wide and narrow', async () => {
    expect(await faultsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect([await faultsOf(page), await overflowOf(page)]).toEqual([[], 0]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await signIn(page, world.rootToken);
  });

  it('axe finds nothing on any page, and none is wider than its window', { timeout: allMs }, async () => {
    for (const [name, address] of Object.entries(furniture.pages)) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await goTo(page, address);
      expect([name, await faultsOf(page)]).toEqual([name, []]);
      for (const width of [1280, 1249, 1000, 320]) {
        await page.setViewportSize({ width, height: 640 });
        expect([name, width, await overflowOf(page)]).toEqual([name, width, 0]);
      }
    }
  });

  it('axe finds nothing on any dialog, and the focus goes into each and back', { timeout: allMs }, async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const [name, button] of dialogs) {
      await goTo(page, furniture.pages[name] ?? '');
      const opener = page.getByRole('button', { name: button, exact: true }).first();
      await opener.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate(`document.querySelector('dialog').contains(document.activeElement)`)).toBe(true);
      expect([name, button, await faultsOf(page), await overflowOf(page)]).toEqual([name, button, [], 0]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect([button, await opener.evaluate((one) => one === document.activeElement)]).toEqual([button, true]);
    }
  });
});
