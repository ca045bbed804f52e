const plainName = 'wayleave_console';

/** How many cookies of one name are looked at: other pages of the host can set some beside the real one. */
const candidatesMax = 10;

/** The cookie's name; under TLS the one that a browser takes only from this very host, over TLS. */
function cookieName(isSecure: boolean): string {
  return isSecure ? `__Host-${plainName}` : plainName;
}

/** Every value that a Cookie header has for the console's cookie. */
export function cookieValues(header: string | undefined, isSecure: boolean): string[] {
  const start = `${cookieName(isSecure)}=`;
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length));
  return values.slice(0, candidatesMax);
}

/** A Set-Cookie header that lasts as long as the browser runs. */
export function setCookie(value: string, isSecure: boolean): string {
  return `${cookieName(isSecure)}=${value}; ${attributes(isSecure)}`;
}

export function clearCookie(isSecure: boolean): string {
  return `${cookieName(isSecure)}=; Max-Age=0; ${attributes(isSecure)}`;
}

function attributes(isSecure: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
