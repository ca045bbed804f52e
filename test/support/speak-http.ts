import { readMessage, type HttpMessage } from './http-message.ts';
import { answerCalls, dial, type Switchboard, type Wire } from './wire.ts';

/** Reads whole messages off a connection, one after the other. */
export class MessageReader {
  readonly wire: Wire;
  #taken = 0;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /**
   * The next message, interim answers included.
   * @param answerTo the method of the request that is answered
   */
  async next(answerTo?: string): Promise<HttpMessage> {
    const { wire } = this;
    return wire.until((text) => {
      const ended = wire.ended || wire.socket.closed;
      const arrival = readMessage(text.slice(this.#taken), { ended, ...(answerTo !== undefined && { answerTo }) });
      if (arrival.kind === 'partial') return undefined;
      this.#taken = text.length - arrival.rest.length;
      return arrival.message;
    }, 'a whole message');
  }

  /** What has arrived after the messages that were read. */
  get rest(): string {
    return this.wire.text.slice(this.#taken);
  }
}

/** Sends bytes to a port and reads the first final answer. */
export async function ask(port: number, request: string): Promise<HttpMessage> {
  const wire = await dial(port);
  try {
    const reader = new MessageReader(wire.send(request));
    for (;;) {
      const answer = await reader.next(request.split(' ', 1)[0]);
      if (!/^HTTP\/1\.1 1\d\d/.test(answer.startLine)) return answer;
    }
  } finally {
    wire.socket.destroy();
  }
}

export interface RawUpstream extends Switchboard {
  /** The requests that arrived whole, in order. */
  readonly requests: readonly HttpMessage[];
}

/** What an upstream does with a whole request: the bytes to send, or anything it likes with the connection. */
export type Respond = string | ((request: HttpMessage, wire: Wire) => string | undefined);

/** An upstream that sends given bytes for each whole request and keeps the connection. */
export async function startRawUpstream(respond: Respond): Promise<RawUpstream> {
  const requests: HttpMessage[] = [];
  const switchboard = await answerCalls((wire) => void serve(wire, requests, respond));
  return { ...switchboard, requests };
}

async function serve(wire: Wire, requests: HttpMessage[], respond: Respond): Promise<void> {
  const reader = new MessageReader(wire);
  try {
    for (;;) {
      const request = await reader.next();
      requests.push(request);
      const answer = typeof respond === 'string' ? respond : respond(request, wire);
      if (answer !== undefined) wire.send(answer);
    }
  } catch {
    // The connection has ended; a request that did not arrive whole does not count as one.
  }
}

/** The text of an answer with a body of known length. */
export function answerText(head: string, body = ''): string {
  return `${head.trim().replaceAll(/\r?\n\s*/g, '\r\n')}\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
}

/** The text of a request or answer from its lines. */
export function lines(...text: string[]): string {
  return `${text.join('\r\n')}\r\n\r\n`;
}
