import type { GatewayConfig } from '../config/compiled.ts';
import { identityHeadersOf } from '../core/identity.ts';
import type { Principal } from '../core/principal.ts';
import type { HeaderChanges } from '../core/route.ts';
import type { Assertions } from './assertion.ts';
import type { Allowed } from './decide.ts';
import type { Origin } from './client-address.ts';
import type { CleanRequest } from './sanitize.ts';

/** Writes the header of a request as the upstream sees it: what is left of the client's, then the gateway's own words. */
export class UpstreamHead {
  readonly #identity: GatewayConfig['identity'];
  readonly #written = new WeakMap<Principal, readonly string[]>();
  readonly #assertions: Assertions | undefined;

  /** @param assertions undefined: none are sent */
  constructor(identity: GatewayConfig['identity'], assertions: Assertions | undefined) {
    this.#identity = identity;
    this.#assertions = assertions;
  }

  /**
   * @param host the Host header for the upstream
   * @returns name, value, name, value; without framing fields, which the transport adds
   */
  write(request: CleanRequest, allowed: Allowed, origin: Origin, host: string): string[] {
    const { route, principal } = allowed;
    const kept = changed(request.headers, route.requestHeaders);
    const head = ['host', host, ...kept];
    if (request.contentLength !== undefined) head.push('content-length', String(request.contentLength));
    if (route.forwardToken && request.authorization !== undefined && principal?.actor === undefined) {
      head.push('authorization', request.authorization);
    }
    if (principal !== undefined) {
      head.push(...this.#identityLines(principal));
      if (this.#assertions !== undefined) {
        head.push('X-Auth-Assertion', this.#assertions.write(principal, route, request));
      }
    }
    head.push('x-forwarded-for', origin.forwardedFor, 'x-forwarded-proto', origin.proto);
    // An HTTP/1.0 client may name no host; an empty header would look like one.
    if (origin.host !== '') head.push('x-forwarded-host', origin.host);
    head.push('x-request-id', origin.requestId, 'traceparent', origin.traceparent);
    if (origin.tracestate !== undefined) head.push('tracestate', origin.tracestate);
    head.push('via', viaValue);
    return head;
  }

  /** A principal's lines are the same for every request, so they are written once. */
  #identityLines(principal: Principal): readonly string[] {
    const known = this.#written.get(principal);
    if (known !== undefined) return known;
    const lines = identityHeadersOf(principal, this.#identity.headers).flat();
    this.#written.set(principal, lines);
    return lines;
  }
}

/** The gateway's entry of the Via header, both ways (RFC 9110, section 7.6.3). */
export const viaValue = '1.1 wayleave';

/** Header lines after what a route sets and removes. */
export function changed(headers: readonly string[], changes: HeaderChanges): readonly string[] {
  if (changes.set.length === 0 && changes.remove.length === 0) return headers;
  const gone = new Set([...changes.remove, ...changes.set.map(([name]) => name)]);
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!gone.has(name.toLowerCase())) kept.push(name, headers[at + 1] ?? '');
  }
  return [...kept, ...changes.set.flat()];
}
