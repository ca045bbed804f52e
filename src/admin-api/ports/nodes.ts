/** A gateway process that serves from the same store. */
export interface ServingNode {
  readonly id: string;
  /** What people know it by: host and process. */
  readonly name: string;
  /** Where its proxy listens. */
  readonly address: string;
  readonly version: string;
  /** The revision of its gateway.yaml. */
  readonly revision: string;
  readonly startedAtMs: number;
  readonly renewedAtMs: number;
  /** The number of the change log up to which it has followed. */
  readonly acknowledged: number;
  /** The longest time for which it serves what it knows without news of changes. */
  readonly staleForMs: number;
  /** `silent`: not heard of lately, but it may still serve; `gone`: it serves nothing that it remembers. */
  readonly state: 'following' | 'silent' | 'gone';
}

/** How far a change has got when its receipt is written. */
export interface Settlement {
  readonly nodesExpected: number;
  readonly nodesConfirmed: number;
  /** The names of the others. */
  readonly silent: readonly string[];
  /** After this time even a silent node no longer serves what was taken away. */
  readonly boundMs: number;
}

export interface Receipts {
  /** Waits until every node has followed what was changed here, for about a second at most; never rejects. */
  settle(): Promise<Settlement>;
}

export interface NodeList {
  list(): Promise<readonly ServingNode[]>;
}

/** One exchange under way on the proxy listener. */
export interface LiveConnection {
  /** Its request id. */
  readonly id: string;
  readonly kind: 'request' | 'stream' | 'upgrade';
  readonly route: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What is under way on this node; each node knows of its own alone. */
export interface LiveConnectionList {
  /** What people know this node by. */
  readonly node: string;
  /** The oldest first. */
  ofToken(tokenId: string): readonly LiveConnection[];
}
