/** Comes with the page by which another user is assumed. */
export function AssumedBanner() {
  return null;
}
