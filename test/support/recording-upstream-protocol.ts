import type { WireMessage } from './wire-reader.ts';

/** A request as the recording upstream parsed it from the bytes of one connection. */
export interface RecordedRequest extends WireMessage {
  /** Connections count from 1 in the order in which they were made. */
  connection: number;
  method: string;
  target: string;
  /** Whether its connection is gone. */
  closed: boolean;
  /** What came after the head of an upgrade. */
  tunnelled: string;
}

/** What the upstream does instead of answering by itself. */
export type AnswerStep =
  | { readonly kind: 'write'; readonly bytes: string }
  | { readonly kind: 'sleep'; readonly ms: number }
  /** Ends the connection in order; `reset` does so by RST. */
  | { readonly kind: 'close' }
  | { readonly kind: 'reset' };

export interface AnswerScript {
  readonly steps: readonly AnswerStep[];
  /** At the head of the request, not at its end. */
  readonly early?: boolean;
  /** How many requests get it; the others get the usual answer. */
  readonly times: number;
}

/** What was seen since the last `take`. */
export interface Recording {
  readonly requests: readonly RecordedRequest[];
  /** Bytes on still open or closed connections that made no request. */
  readonly strayBytes: readonly string[];
  /** Connections open at this moment. */
  readonly connections: number;
}

export type UpstreamCommand =
  | { readonly name: 'look' }
  /** As `look`, and forgets. */
  | { readonly name: 'take' }
  | { readonly name: 'script'; readonly script: AnswerScript | undefined }
  /** Closes the listener and every connection: further ones are refused. */
  | { readonly name: 'refuse' }
  /** Listens again on the same port. */
  | { readonly name: 'listen'; readonly backlog: number };
