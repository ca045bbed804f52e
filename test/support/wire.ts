import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onCleanup } from './cleanup.ts';

/** One end of a TCP connection, as a test sees it: what arrived, byte for byte, and how it ended. */
export class Wire {
  readonly socket: Socket;
  /** Resolves when the socket is closed, however that came about. */
  readonly closed: Promise<void>;
  /** What ended the connection, when that was an error such as ECONNRESET. */
  error: NodeJS.ErrnoException | undefined;
  /** Whether the other end finished in order (FIN). */
  ended = false;
  #received: Buffer[] = [];
  #bytes = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error));
    socket.on('end', () => (this.ended = true));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#bytes += chunk.length;
    });
  }

  /** How many bytes have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Everything that has arrived, one character a byte. */
  get text(): string {
    return this.buffer.toString('latin1');
  }

  get buffer(): Buffer {
    const whole = Buffer.concat(this.#received);
    this.#received = [whole];
    return whole;
  }

  send(data: string | Buffer): this {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    return this;
  }

  /** Ends the connection the hard way (RST). */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits until what has arrived satisfies `isEnough`, and returns it. */
  async until<Value>(isEnough: (text: string) => Value | undefined | false, what = 'what was awaited'): Promise<Value> {
    for (;;) {
      const value = isEnough(this.text);
      if (value !== undefined && value !== false) return value;
      if (this.socket.closed || this.ended) throw new Error(`closed before ${what}; got ${JSON.stringify(this.text)}`);
      await change(this.socket);
    }
  }

  /** Waits for a piece of text, and returns everything that has arrived. */
  async untilText(piece: string): Promise<string> {
    return this.until((text) => text.includes(piece) && text, JSON.stringify(piece));
  }

  /** Waits until the connection is closed, and returns everything that has arrived. */
  async rest(): Promise<string> {
    await this.closed;
    return this.text;
  }
}

const changes = ['data', 'end', 'close'] as const;

/** The next time something arrives or ends. */
async function change(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      for (const event of changes) socket.off(event, stop);
      resolve();
    };
    for (const event of changes) socket.on(event, stop);
  });
}

/** Connects to a port of 127.0.0.1. */
export async function dial(port: number): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  onCleanup(() => socket.destroy());
  return new Wire(socket);
}

export interface Switchboard {
  readonly port: number;
  /** Every connection so far, open or not, in the order they came. */
  readonly wires: readonly Wire[];
  /** The connection of that number (from 0), as soon as it is there. */
  wire(number: number): Promise<Wire>;
  close(): void;
}

/** Listens on a port of 127.0.0.1 and hands each connection to `onWire`. */
export async function answerCalls(onWire: (wire: Wire) => void = () => undefined): Promise<Switchboard> {
  const wires: Wire[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const wire = new Wire(socket);
    wires.push(wire);
    onWire(wire);
    server.emit('wire');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const wire of wires) wire.socket.destroy();
  };
  onCleanup(close);
  const wire = async (number: number): Promise<Wire> => {
    for (;;) {
      const found = wires[number];
      if (found !== undefined) return found;
      await once(server, 'wire');
    }
  };
  return { port: (server.address() as AddressInfo).port, wires, wire, close };
}
