/** The names of the admin console's session cookie, plain and under TLS. It never passes the proxy, either way. */
const consoleCookieNames = ['wayleave_console', '__Host-wayleave_console'];

/** A Cookie header without the console's cookie; undefined when nothing is left. Other cookies stay byte for byte. */
export function stripConsoleCookie(cookie: string): string | undefined {
  if (!/wayleave_console/i.test(cookie)) return cookie;
  const kept = cookie.split(';').filter((pair) => !isConsoleCookie(pair));
  return kept.length === 0 ? undefined : kept.join(';').trim();
}

/**
 * Says whether a cookie pair, or a Set-Cookie header, is for the console's cookie. A cookie without a name counts by its
 * value: a browser sends it back without the "=" before it.
 */
export function isConsoleCookie(pair: string): boolean {
  const name = pair
    .replace(/^[\s=]+/, '')
    .split('=', 1)[0]
    ?.trim()
    .toLowerCase();
  return consoleCookieNames.some((reserved) => reserved.toLowerCase() === name);
}
