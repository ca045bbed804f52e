import { randomBytes } from 'node:crypto';
import { AddressBlocks } from '../core/address-blocks.ts';
import { clientAddress, forwardedChain } from '../core/client-address.ts';
import type { CleanRequest } from './sanitize.ts';

/** What the gateway itself says about where a request comes from; what untrusted peers say of it is not believed. */
export interface Origin {
  /** The client's address: the peer's, or the last one of X-Forwarded-For that is no trusted proxy. */
  readonly address: string;
  readonly forwardedFor: string;
  readonly proto: string;
  readonly host: string;
  readonly requestId: string;
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

export interface Peer {
  readonly address: string;
  readonly isTls: boolean;
  /** The id the gateway gave the request. */
  readonly requestId: string;
}

const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const requestIdPattern = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** Tells trusted proxies from everybody else. */
export class TrustedProxies {
  readonly #blocks: AddressBlocks;
  readonly #isEmpty: boolean;

  /** @param cidrs such as `10.0.0.0/8`, checked already */
  constructor(cidrs: readonly string[]) {
    this.#isEmpty = cidrs.length === 0;
    this.#blocks = new AddressBlocks(cidrs);
  }

  has(address: string): boolean {
    return !this.#isEmpty && this.#blocks.has(address);
  }

  /** Settles where a request comes from. */
  originOf(request: CleanRequest, peer: Peer): Origin {
    const own = ownWord(request, peer);
    if (!this.has(peer.address)) return own;
    const { claims } = request;
    const chain = forwardedChain(claims.for);
    const traced = claims.traceparent !== undefined && traceparentPattern.test(claims.traceparent);
    return {
      address: clientAddress(peer.address, chain, this),
      forwardedFor: [...chain, peer.address].join(', '),
      proto: claims.proto === 'https' || claims.proto === 'http' ? claims.proto : own.proto,
      host: claims.host ?? own.host,
      requestId: claimedRequestId(request, true) ?? own.requestId,
      traceparent: traced ? childSpan(claims.traceparent) : own.traceparent,
      tracestate: traced ? claims.tracestate : undefined,
    };
  }
}

/** The request id of a trusted proxy, if it is well-formed: at most 128 plain characters. */
function claimedRequestId(request: CleanRequest, isTrusted: boolean): string | undefined {
  const claimed = request.claims.requestId;
  return isTrusted && claimed !== undefined && requestIdPattern.test(claimed) ? claimed : undefined;
}

function ownWord(request: CleanRequest, peer: Peer): Origin {
  return {
    address: peer.address,
    forwardedFor: peer.address,
    proto: peer.isTls ? 'https' : 'http',
    host: request.authority,
    requestId: peer.requestId,
    traceparent: `00-${peer.requestId.replaceAll('-', '')}-${newSpanId()}-00`,
    tracestate: undefined,
  };
}

function childSpan(traceparent: string): string {
  return `${traceparent.slice(0, 36)}${newSpanId()}${traceparent.slice(52)}`;
}

const processPart = randomBytes(4).toString('hex');
let spans = 0;

/** 16 hexadecimal digits: those of this process and a count, which begins at 1 so that they are never all zero. */
function newSpanId(): string {
  spans = (spans % 0xffff_ffff) + 1;
  return processPart + spans.toString(16).padStart(8, '0');
}
