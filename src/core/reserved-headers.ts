import { identityPresets } from './identity.ts';

/**
 * A header name as careless upstreams read it: nobody minds the case, PHP takes `.` for `_`, WSGI takes `-` for `_`, and
 * some CGI servers take whatever is no letter and no digit for `_`.
 */
export function foldHeaderName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

const reservedPrefixes = ['x-auth-', 'x-wayleave-', 'x-forwarded-'];

/** What only the gateway says to an upstream, folded: identity, forwarding, overrides, client addresses. */
const reservedNames = new Set([
  ...Object.values(identityPresets).flatMap((headers) => headers.map(([name]) => foldHeaderName(name))),
  'x-auth',
  'x-wayleave',
  'x-forwarded',
  'assume-user',
  'assume-reason',
  'x-assume-user',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
  'x-original-method',
  'x-original-host',
  'x-original-uri',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'proxy',
  'x-request-id',
  'traceparent',
  'tracestate',
]);

/**
 * Says whether a header is the gateway's alone to send upstream: no client may, in any spelling, on any route.
 * @param folded a name as `foldHeaderName` gives it
 * @param custom folded names of the custom identity preset
 */
export function isReservedHeader(folded: string, custom?: ReadonlySet<string>): boolean {
  return (
    reservedNames.has(folded) ||
    reservedPrefixes.some((prefix) => folded.startsWith(prefix)) ||
    custom?.has(folded) === true
  );
}

/** Says whether a header of an upstream's answer would speak in the gateway's name (contract: it is removed). */
export function isReservedAnswerHeader(folded: string): boolean {
  return folded.startsWith('x-auth-') || folded.startsWith('x-wayleave-');
}

/** Fields that belong to one connection (RFC 9110, section 7.6.1) and what must not be forwarded as it came. */
export const hopByHopHeaders: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'http2-settings',
]);

/** Header names that gateway.yaml may neither set nor remove: framing, routing and the credential. */
export const framingHeaders: ReadonlySet<string> = new Set([
  ...hopByHopHeaders,
  'host',
  'content-length',
  'authorization',
  'expect',
]);
