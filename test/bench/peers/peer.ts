import type { Children } from '../children.ts';

/** What a peer is started with. */
export interface PeerContext {
  readonly children: Children;
  readonly upstreamPort: number;
  /** The built gateway, dist/cli.js. */
  readonly gatewayProgram: string;
  /** A token of the gateway's format, which the auth services know. */
  readonly token: string;
}

export interface RunningPeer {
  readonly port: number;
  /** The processes whose CPU time counts; empty: none does. */
  readonly pids: readonly number[];
  /** The token that its requests carry. */
  readonly token: string;
  /** Header lines that they carry besides. */
  readonly headers?: readonly string[];
  /** To be done before each sample. */
  readonly prepare?: () => Promise<void>;
}

/** Something that stands between the client and the upstream. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Whether it refuses requests without a good token and names the user to the upstream. */
  readonly checksTokens: boolean;
  /** Whether it is measured with POST as well; two baselines are enough to see what a body adds. */
  readonly takesPost: boolean;
  /** Starts it; a text says why it can't be measured on this machine. */
  start(context: PeerContext): Promise<RunningPeer | string>;
}
