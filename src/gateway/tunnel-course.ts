import type { Socket } from 'node:net';
import type { Problem } from '../core/problem.ts';
import { couple } from './couple.ts';
import { ExchangeEnded } from './end-exchange.ts';
import type { Course, Exchange } from './exchange.ts';
import { endConnection } from './linger.ts';
import { closeFrame, FrameFollower } from './websocket-frames.ts';

/** The two ends of a tunnel, and what each has sent behind the head of its message. */
export interface TunnelEnds {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly clientHead: Buffer;
  readonly upstreamHead: Buffer;
}

/** A tunnel under way. It counts what passes, and follows the frames of a WebSocket to be able to close it. */
export class TunnelCourse implements Course {
  readonly #ends: TunnelEnds;
  readonly #frames: FrameFollower | undefined;
  readonly #release: () => void;

  /** Passes on what has arrived, and whatever follows. */
  constructor(ends: TunnelEnds, protocol: string, exchange: Exchange) {
    const { client, upstream, clientHead, upstreamHead } = ends;
    const frames = protocol === 'websocket' ? new FrameFollower() : undefined;
    const onIn = (chunk: Buffer): void => void (exchange.bytesIn += chunk.length);
    const onOut = (chunk: Buffer): void => {
      exchange.bytesOut += chunk.length;
      frames?.push(chunk);
    };
    onIn(clientHead);
    onOut(upstreamHead);
    if (upstreamHead.length > 0) client.write(upstreamHead);
    if (clientHead.length > 0) upstream.write(clientHead);
    client.on('data', onIn);
    upstream.on('data', onOut);
    this.#ends = ends;
    this.#frames = frames;
    this.#release = couple(client, upstream);
  }

  /** Ends both sides; a WebSocket's client is told why, where a frame of the gateway's own can stand. */
  stop(reason: Error): void {
    const { client, upstream } = this.#ends;
    this.#release();
    upstream.destroy();
    // What a slow client has not taken yet is not delivered any more, and a frame behind it would come too late.
    const canTell = this.#frames?.isBetweenFrames === true && client.writable && client.writableLength === 0;
    if (canTell && reason instanceof ExchangeEnded) {
      client.write(closeFrame(closeCodeOf(reason.problem), reason.problem.code));
      endConnection(client);
    } else {
      client.destroy();
    }
  }
}

/** RFC 6455, section 7.4.1, and the registry it began: 1008 is a policy's refusal, 1013 asks to try again later. */
function closeCodeOf({ code }: Problem): number {
  return code === 'store_unavailable' ? 1013 : 1008;
}
