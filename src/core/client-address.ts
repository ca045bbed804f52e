import { isIP } from 'node:net';

/**
 * The address of the client behind proxies: from the right of X-Forwarded-For, the first that no trusted proxy has; what
 * stands left of it is the client's own tale. The peer's own address where the peer is not trusted.
 * @param chain the addresses of X-Forwarded-For, in its order
 */
export function clientAddress(
  peerAddress: string,
  chain: readonly string[],
  trusted: { has(address: string): boolean },
): string {
  if (!trusted.has(peerAddress)) return peerAddress;
  let client = peerAddress;
  for (const address of chain.toReversed()) {
    if (isIP(address) === 0) return client;
    client = address;
    if (!trusted.has(address)) return client;
  }
  return client;
}

/** The addresses of an X-Forwarded-For header. */
export function forwardedChain(header: string | undefined): string[] {
  return header?.split(',').map((part) => part.trim()) ?? [];
}
