import { isIP, isIPv6 } from 'node:net';
import * as z from 'zod';
import type { Listen } from './compiled.ts';
import { parseCidr } from '../core/cidr.ts';
import { quote } from './config-problem.ts';
import { choice, faultIssue, text, words, type Fault } from './schema-values.ts';

const hostNamePattern = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/;

/** Reads `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`; port 0 takes any free port. */
export function parseAddress(value: string): Pick<Listen, 'host' | 'port'> | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain ?? '';
  const good = bracketed === undefined ? isHost(host) : isIPv6(host);
  const port = Number(digits);
  return good && port <= 65_535 ? { host, port } : undefined;
}

/** Digits and dots alone must be an IPv4 address, not a name that looks like one. */
function isHost(host: string): boolean {
  return /^[\d.]+$/.test(host) ? isIP(host) === 4 : hostNamePattern.test(host);
}

function addressFault(value: string): Fault | undefined {
  if (parseAddress(value) !== undefined) return undefined;
  const port = /^:?(\d{1,5})$/.exec(value)?.[1];
  const hint =
    port === undefined
      ? 'write it as 127.0.0.1:8080, localhost:8080 or [::1]:8080'
      : `write 127.0.0.1:${port} for this machine alone, 0.0.0.0:${port} for every address`;
  return { code: 'invalid-address', message: `${quote(value)} is not an address and port to listen on; ${hint}` };
}

const address = text(
  { title: 'an address and port', examples: ['127.0.0.1:8080', '0.0.0.0:8080', '[::]:8080'], pattern: '^.+:\\d{1,5}$' },
  addressFault,
);

const tlsFiles = z.strictObject({
  cert: words('a path', 'PEM file with the certificate and what chains it, relative to the folder of gateway.yaml.'),
  key: words('a path', 'PEM file with the private key, relative to the folder of gateway.yaml.'),
});

export interface ListenFile {
  readonly address: string;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

const plainListener = address.transform((value): ListenFile => ({ address: value }));
const fullListener: z.ZodType<ListenFile> = z.strictObject({ address, tls: tlsFiles.optional() });

/** An address, or an address with TLS. */
export function listener(description: string) {
  const formOf = (value: unknown) => {
    if (typeof value === 'string') return plainListener;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? fullListener : undefined;
  };
  return choice([plainListener, fullListener], formOf, description);
}

/** A block of addresses, in canonical form. */
export const cidr = z
  .string()
  .meta({ title: 'an address block', examples: ['10.0.0.0/8', 'fd00::/8'] })
  .transform((value, { issues }) => {
    const outcome = parseCidr(value);
    if (outcome.kind === 'cidr') return outcome.text;
    issues.push(faultIssue(value, { code: 'invalid-cidr', message: `${quote(value)} ${outcome.detail}` }));
    return z.NEVER;
  });

/** Where an upstream listens: scheme, host and port, as an origin. */
export const target = z
  .string()
  .meta({
    title: 'an upstream address',
    examples: ['http://127.0.0.1:9000', 'https://orders.internal'],
    pattern: '^https?://[^/?#@]+/?$',
  })
  .transform((value, { issues }) => {
    const outcome = parseTarget(value);
    if (typeof outcome === 'string') return outcome;
    issues.push(faultIssue(value, outcome));
    return z.NEVER;
  });

const targetForm = 'write scheme, host and port, such as http://127.0.0.1:9000';

function parseTarget(value: string): string | Fault {
  const url = readUrl(value);
  if (url === undefined) return wrongTarget(`this is not the address of an upstream; ${targetForm}`);
  if (url.username !== '' || url.password !== '') {
    return wrongTarget(
      'a target carries no user and password',
      'let the upstream trust the identity headers, or set a header on the route',
    );
  }
  const { pathname, search, hash, port } = url;
  if (port === '0') return wrongTarget('nothing listens on port 0', targetForm);
  if (pathname !== '/' || search !== '' || hash !== '' || /[?#]/.test(value)) {
    return wrongTarget(
      'a target has no path, query or fragment',
      'strip_prefix and rewrite on a route change the path',
    );
  }
  return url.origin;
}

function wrongTarget(message: string, fix?: string): Fault {
  return { code: 'invalid-target', message, ...(fix !== undefined && { fix }) };
}

/** An http or https URL with a host; `http:/x` and `http:x` are not repaired here as browsers would. */
export function readUrl(value: string): URL | undefined {
  if (!/^https?:\/\/[^/]/i.test(value) || /[\s\\]/.test(value) || !URL.canParse(value)) return undefined;
  return new URL(value);
}

/** The URL by which clients reach the gateway, without a final slash. */
export const publicUrl = text(
  {
    title: 'a URL',
    description: 'The URL by which clients reach the proxy listener.',
    examples: ['https://api.example.com'],
    pattern: '^https?://[^?#@]+$',
  },
  (value) => {
    const url = readUrl(value);
    const good = url !== undefined && url.username === '' && url.password === '' && !/[?#]/.test(value);
    return good
      ? undefined
      : { code: 'invalid-url', message: 'write an http or https URL without user, query and fragment' };
  },
);

/** A host of a route: an exact name, or `*.` and the name that stands after it. Read in lower case. */
export const host = z
  .string()
  .meta({ title: 'a host', examples: ['api.example.com', '*.example.com'] })
  .transform((value, { issues }) => {
    const message = hostFault(value);
    if (message === undefined) return value.toLowerCase();
    issues.push(faultIssue(value, { code: 'invalid-host', message: `${quote(value)}: ${message}` }));
    return z.NEVER;
  });

function hostFault(value: string): string | undefined {
  if (value === '*') return 'leave hosts out to take any host';
  if (/:\d+$/.test(value)) return `a host has no port here; write ${quote(value.replace(/:\d+$/, ''))}`;
  if (value.includes('/')) return 'a host has neither scheme nor path';
  if (value.endsWith('.')) return `the final dot is left out; write ${quote(value.slice(0, -1))}`;
  const bare = value.startsWith('*.') ? value.slice(2) : value;
  if (bare.includes('*')) return '"*." stands only at the beginning, for one or more names before the rest';
  if (/[^\u0000-\u007f]/.test(bare)) {
    return `browsers send such a name as ASCII; write ${quote(URL.canParse(`http://${bare}`) ? new URL(`http://${bare}`).hostname : 'xn--…')}`;
  }
  return isHost(bare) && !(value.startsWith('*.') && isIP(bare) !== 0) ? undefined : 'it is not a host name';
}
