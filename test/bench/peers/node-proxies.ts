import type { Peer } from './peer.ts';

/** The leanest pass-through in Node. */
export const undici = nodeProxy('undici', 'bare undici pass-through');

/** What gateways in Node were built on until now. */
export const httpProxy = nodeProxy('http-proxy', 'http-proxy 1.18.1 bare');

function nodeProxy(name: string, title: string): Peer {
  return {
    name,
    title,
    checksTokens: false,
    takesPost: true,
    start: async ({ children, upstreamPort, token }) => {
      const { port, pid } = await children.fork(`servers/${name}`, upstreamPort);
      return { port, pids: [pid], token };
    },
  };
}
