/** True under `npm run test:long`, which runs every test with its full counts. */
export const isLongRun = process.env['TEST_LONG'] === '1';

/** How often a test repeats: the first figure under `npm test`, the second under `npm run test:long`. */
export function count(small: number, long: number): number {
  return isLongRun ? long : small;
}
