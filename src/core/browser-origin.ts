/**
 * Origins of web pages (RFC 6454) as gateway.yaml lists them: `https://app.example.com`, `https://*.example.com` for every
 * name below, or `*` for all.
 */
export const anyOrigin = '*';

export type OriginOutcome =
  | { readonly kind: 'origin'; readonly origin: string }
  | { readonly kind: 'wrong'; readonly detail: string };

const form = 'write scheme, host and, unless it is the usual one, the port, such as https://app.example.com';
const shape = /^(https?:\/\/)(\*\.)?([^/?#@*\s\\]+)$/i;

/** Reads an origin of gateway.yaml, into the spelling that browsers send. */
export function parseListedOrigin(text: string): OriginOutcome {
  if (text === anyOrigin) return { kind: 'origin', origin: text };
  if (text === 'null')
    return wrong('"null" is sent by pages of anybody, sandboxed or opened from a file; list real origins');
  const [, scheme = '', wildcard = '', rest = ''] = shape.exec(text) ?? [];
  if (scheme === '')
    return wrong(
      /^https?:\/\/[^*/]+\//i.test(text) ? `an origin has no path, not even a slash at its end; ${form}` : form,
    );
  const url = URL.canParse(scheme + rest) ? new URL(scheme + rest) : undefined;
  if (url === undefined || url.port === '0' || url.hostname.endsWith('.')) return wrong(form);
  if (wildcard !== '' && /^[\d.]+$|^\[/.test(url.hostname))
    return wrong('"*." stands before a name, not before an address');
  return { kind: 'origin', origin: url.origin.replace('://', `://${wildcard}`) };
}

/** Whether an `Origin` header, as it came, is one of those listed. Browsers send one spelling, so nothing is made equal. */
export function isListedOrigin(listed: readonly string[], origin: string): boolean {
  return listed.some((one) => one === anyOrigin || one === origin || isBelow(one, origin));
}

const namesBelow = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

function isBelow(listed: string, origin: string): boolean {
  const star = listed.indexOf('*');
  if (star === -1) return false;
  const [before, after] = [listed.slice(0, star), listed.slice(star + 1)];
  if (origin.length <= before.length + after.length || !origin.startsWith(before) || !origin.endsWith(after))
    return false;
  return namesBelow.test(origin.slice(before.length, -after.length));
}

function wrong(detail: string): OriginOutcome {
  return { kind: 'wrong', detail };
}
