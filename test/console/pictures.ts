/**
 * Takes .github/console*.png, the pictures of the console in README.md, of a gateway that runs: `npm run
 * console:pictures`. Look at them before they are committed.
 */
import { openBrowser } from '../support/chromium.ts';
import { cleanUp } from '../support/cleanup.ts';
import startShared from '../support/global-setup.ts';

const pictures = new URL('../../.github/', import.meta.url).pathname;
const stopShared = await startShared();
try {
  // The program is asked for as they are loaded.
  const { openConsoleWorld, signIn } = await import('./console-world.ts');
  const { furnish } = await import('./furnish.ts');
  const world = await openConsoleWorld();
  const { pages, adminToken } = await furnish(world);
  const { page } = await world.open(await openBrowser(), { viewport: { width: 1280, height: 720 } });
  await signIn(page, adminToken);
  for (const [name, address] of [
    ['console', `${pages['tokens']}?sort=created_at`],
    ['console-token', pages['token']],
  ] as const) {
    await page.goto(`${world.admin}/#/${address}`);
    await page.waitForLoadState('networkidle');
    while ((await page.locator('[aria-busy=true]').count()) > 0) await page.waitForTimeout(50);
    await page.screenshot({ path: `${pictures}${name}.png` });
  }
} finally {
  await cleanUp();
  await stopShared();
}
