import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { openConsoleWorld, signIn, type ConsoleWorld, type Visit } from './console-world.ts';
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
async function goTo({ page, settled }: Visit, address: string): Promise<void> {
  await page.goto(`${world.admin}/#/${address}`);
  await page.locator('.page h1').waitFor();
  await settled();
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
  ['service-users', 'Edit'],
  ['people', 'Add person'],
  ['people', 'Enrol'],
  ['people', 'Edit'],
  ['tokens-found', 'Expire all that match'],
  ['expired', 'Delete old tokens'],
  ['overview', 'Reload'],
  ['signing-keys', 'Rotate'],
  ['organizations', 'Rename'],
  ['organizations', 'Suspend'],
  ['organizations', 'Create organisation'],
  ['authorizations', 'Grant roles'],
  ['authorizations', 'Take away'],
  ['assume-tokens', 'Expire'],
  ['assume-tokens', 'End'],
];

/** What moves or fades for longer than a blink, by what it is. */
const moving = `[
  ...document.getAnimations().filter(({ playState }) => playState === 'running').map(({ effect }) => effect.target),
  ...[...document.querySelectorAll('*')].filter((one) => {
    const { transitionDuration, animationName, animationDuration } = getComputedStyle(one);
    const seconds = (text) => Math.max(...text.split(', ').map(Number.parseFloat));
    return seconds(transitionDuration) > 0.01 || (animationName !== 'none' && seconds(animationDuration) > 0.01);
  }),
].map((one) => one.outerHTML.slice(0, 80))`;

/** How a page is wider than its window with all that unfolds unfolded: the narrowest that show tables, pages beside the menu, and all else. */
async function overflows(page: Page): Promise<unknown[]> {
  const found: unknown[] = [];
  await page.evaluate(`document.querySelectorAll('details').forEach((one) => (one.open = true))`);
  for (const width of [320, 900, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    const overflow = await overflowOf(page);
    if (overflow !== 0) found.push([width, overflow]);
  }
  return found;
}

// What does not depend on the colours is looked at in one of them.
describe.each([
  { colorScheme: 'light', reducedMotion: 'no-preference' },
  { colorScheme: 'dark', reducedMotion: 'reduce' },
] as const)('in $colorScheme colours, with $reducedMotion of motion', ({ colorScheme, reducedMotion }) => {
  const isLight = colorScheme === 'light';
  const isStill = reducedMotion === 'reduce';
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    visit = await world.open(browser, { colorScheme, reducedMotion });
    ({ page } = visit);
  });

  it('axe finds nothing on the page that one signs in by, wide and narrow', async () => {
    expect(await faultsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect([await faultsOf(page), await overflowOf(page)]).toEqual([[], 0]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await signIn(page, world.rootToken);
  });

  it(
    'axe finds nothing on any page, none is wider than its window, and none moves unless that is liked',
    { timeout: allMs },
    async () => {
      for (const [name, address] of Object.entries(furniture.pages)) {
        await goTo(visit, address);
        expect([name, await faultsOf(page)]).toEqual([name, []]);
        const found = await page.evaluate<string[]>(moving);
        if (isStill) expect([name, found]).toEqual([name, []]);
        else expect([name, found]).toEqual([name, expect.arrayContaining([expect.stringContaining('<button')])]);
        if (isLight) expect([name, await overflows(page)]).toEqual([name, []]);
      }
    },
  );

  it('axe finds nothing on any dialog, and the focus goes into each and back', { timeout: allMs }, async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    let at = '';
    for (const [name, button] of dialogs) {
      if (name !== at) await goTo(visit, furniture.pages[name] ?? '');
      at = name;
      const opener = page.getByRole('button', { name: button, exact: true }).first();
      await opener.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await visit.settled();
      expect(await page.evaluate(`document.querySelector('dialog').contains(document.activeElement)`)).toBe(true);
      expect([name, button, await faultsOf(page), await overflowOf(page)]).toEqual([name, button, [], 0]);
      if (isStill) expect([name, button, await page.evaluate(moving)]).toEqual([name, button, []]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect([button, await opener.evaluate((one) => one === document.activeElement)]).toEqual([button, true]);
    }
  });

  it('what is awaited is said in words, with a bar that moves unless that is not liked', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/routes', async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(`${world.admin}/#/routes`);
    await page.getByText('Loading…').waitFor();
    expect(await page.getByRole('progressbar').isVisible()).toBe(!isStill);
    answer();
    await page.getByRole('row', { name: /devices/ }).waitFor();
    await page.unroute('**/api/v1/routes');
  });
});
