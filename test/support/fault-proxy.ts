import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onCleanup } from './cleanup.ts';

/** How late bytes are passed on, by direction. */
export interface Lateness {
  readonly toServerMs?: number;
  readonly toClientMs?: number;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** The first that the client said: who it is and what it listens for. */
  opening: string;
  /** What the server says on it is lost. */
  muted: boolean;
}

/** What clients say, connection by connection. */
type Recording = Map<Link, string[]>;

const openingLengthMax = 8192;

/**
 * A TCP proxy that stands between one client and one server and has the faults of networks: it delays, holds back,
 * loses, refuses, and moves to another server behind the same address.
 */
export class FaultProxy {
  readonly #links = new Set<Link>();
  readonly #recordings = new Set<Recording>();
  #target: number;
  #listener: Server | undefined;
  #port = 0;
  #lateness: Lateness = {};
  #stalled = false;
  #muting: RegExp | undefined;

  /** @param target the port of 127.0.0.1 that it stands before */
  constructor(target: number) {
    this.#target = target;
  }

  /** The port of 127.0.0.1 at which it listens; the same for its whole life. */
  get port(): number {
    return this.#port;
  }

  /** How many connections go through it. */
  get connections(): number {
    return this.#links.size;
  }

  /** Ends every fault: it listens and passes on what comes at once, what it held back included. */
  async pass(): Promise<void> {
    this.#lateness = {};
    this.#muting = undefined;
    this.#stalled = false;
    for (const link of this.#links) {
      link.muted = false;
      link.client.resume();
      link.server.resume();
    }
    await this.#listen();
  }

  /** Passes on late whatever comes from now on. */
  delay(lateness: Lateness): void {
    this.#lateness = lateness;
  }

  /** Half open: connections stay and new ones are taken, but nothing gets through until `pass`. */
  stall(): void {
    this.#stalled = true;
    for (const link of this.#links) pause(link);
  }

  /** Loses what the server says on connections that the client has opened, or will open, with something like `pattern`. */
  mute(pattern: RegExp): void {
    this.#muting = pattern;
    for (const link of this.#links) link.muted = pattern.test(link.opening);
  }

  /** Ends the connections that are there (RST); new ones are welcome. */
  drop(): void {
    for (const link of this.#links) {
      link.client.resetAndDestroy();
      link.server.resetAndDestroy();
    }
  }

  /** Nobody is let in, and nobody stays, until `pass`. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    const closed = listener && once(listener, 'close');
    listener?.close();
    this.drop();
    await closed;
  }

  /** Leads to another server from now on; the connections to the one before end. */
  moveTo(target: number): void {
    this.#target = target;
    this.drop();
  }

  /** Writes down what clients send (one character a byte) until the function it returns is called, which gives it back. */
  record(): () => string {
    const recording: Recording = new Map();
    this.#recordings.add(recording);
    return () => {
      this.#recordings.delete(recording);
      return [...recording.values()].map((pieces) => pieces.join('')).join('\n');
    };
  }

  async start(): Promise<void> {
    await this.#listen();
    onCleanup(() => this.refuse());
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return;
    this.#listener = createServer({ noDelay: true }, (client) => this.#join(client));
    this.#listener.listen(this.#port, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    const link: Link = { client, server, opening: '', muted: false };
    this.#links.add(link);
    client.on('data', (chunk: Buffer) => {
      this.#listenIn(link, chunk);
      later(this.#lateness.toServerMs, () => server.write(chunk));
    });
    server.on('data', (chunk: Buffer) => {
      if (!link.muted) later(this.#lateness.toClientMs, () => client.write(chunk));
    });
    client.on('error', () => client.destroy());
    server.on('error', () => client.resetAndDestroy());
    // What is still on its way arrives before the end does.
    client.on('close', () => later(this.#lateness.toServerMs, () => server.end()));
    server.on('close', () => later(this.#lateness.toClientMs, () => client.end()));
    server.on('close', () => this.#links.delete(link));
    if (this.#stalled) pause(link);
  }

  #listenIn(link: Link, chunk: Buffer): void {
    const isOpening = link.opening.length < openingLengthMax;
    if (this.#recordings.size === 0 && !isOpening) return;
    const text = chunk.toString('latin1');
    for (const recording of this.#recordings) {
      const pieces = recording.get(link);
      if (pieces === undefined) recording.set(link, [text]);
      else pieces.push(text);
    }
    if (!isOpening) return;
    link.opening += text;
    link.muted ||= this.#muting?.test(link.opening) === true;
  }
}

function pause(link: Link): void {
  link.client.pause();
  link.server.pause();
}

function later(ms: number | undefined, task: () => void): void {
  if (ms === undefined) task();
  else setTimeout(task, ms);
}

/** Starts a proxy before a port of 127.0.0.1; it ends with the tests of this file. */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.start();
  return proxy;
}
