import { findOnPath } from './path-lookup.ts';
import { installPackage, mayInstall } from './system-package.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Finds a Chromium, or installs Debian's. Rejects with one sentence that says what to do. */
export async function findChromium(): Promise<string> {
  const present = process.env['CHROMIUM_PATH'] ?? findOnPath(names);
  if (present !== undefined) return present;
  if (mayInstall()) {
    await installPackage('chromium').catch(() => undefined);
    const installed = findOnPath(names);
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'These tests need a Chromium: put chromium or google-chrome on PATH (Debian: apt-get install chromium) ' +
      'or set CHROMIUM_PATH to one.',
  );
}
