import type { Peer } from './peer.ts';

/** Nothing in between: what the load generator and the upstream can do at most. */
export const direct: Peer = {
  name: 'direct',
  title: 'upstream direct',
  checksTokens: false,
  takesPost: false,
  start: ({ upstreamPort, token }) => Promise.resolve({ port: upstreamPort, pids: [], token }),
};
