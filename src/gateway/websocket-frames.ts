/** What the follower reads next. */
type Phase = 'first byte' | 'length byte' | 'length' | 'payload';

const closeOpcode = 0x8;
const maskBit = 0x80;
/** Lengths beyond this are no exact numbers; no real frame has one. */
const lengthMax = Number.MAX_SAFE_INTEGER;

/**
 * Follows the frames of a WebSocket (RFC 6455, section 5.2) from server to client: it reads their headers, however the
 * bytes are cut into chunks, and steps over their payloads. A frame of one's own may be put in between two frames only.
 */
export class FrameFollower {
  #phase: Phase = 'first byte';
  #isClose = false;
  /** Bytes of the phase that are still to come: of a long length, or of the payload. */
  #left = 0;
  #length = 0;
  /** Nothing more is known: the server has closed, or what it sends are no frames. */
  #hasEnded = false;

  /** Whether the bytes so far end with a whole frame (or are none), and the server has not said that it closes. */
  get isBetweenFrames(): boolean {
    return this.#phase === 'first byte' && !this.#hasEnded;
  }

  /** Takes the next bytes of the server. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#hasEnded) {
      if (this.#phase === 'payload') {
        const step = Math.min(this.#left, chunk.length - at);
        at += step;
        this.#left -= step;
        if (this.#left === 0) this.#endFrame();
      } else {
        this.#readHeader(chunk[at] ?? 0);
        at++;
      }
    }
  }

  #readHeader(byte: number): void {
    switch (this.#phase) {
      case 'first byte':
        this.#isClose = (byte & 0x0f) === closeOpcode;
        this.#phase = 'length byte';
        return;
      case 'length byte':
        // Servers never mask (section 5.1).
        if ((byte & maskBit) !== 0) this.#hasEnded = true;
        else if (byte < 126) this.#beginPayload(byte);
        else this.#beginLength(byte === 126 ? 2 : 8);
        return;
      case 'length':
        this.#length = this.#length * 256 + byte;
        this.#left--;
        if (this.#left === 0) this.#beginPayload(this.#length);
        return;
      case 'payload':
    }
  }

  #beginLength(bytes: number): void {
    this.#phase = 'length';
    this.#left = bytes;
    this.#length = 0;
  }

  #beginPayload(length: number): void {
    if (length > lengthMax) this.#hasEnded = true;
    this.#phase = 'payload';
    this.#left = length;
    if (length === 0) this.#endFrame();
  }

  #endFrame(): void {
    this.#phase = 'first byte';
    if (this.#isClose) this.#hasEnded = true;
  }
}

/**
 * A close frame as servers send it, without a mask (sections 5.5.1 and 7.4).
 * @param reason ASCII, at most 123 characters
 */
export function closeFrame(code: number, reason: string): Buffer {
  const frame = Buffer.alloc(4 + reason.length);
  frame.writeUInt8(0x80 | closeOpcode, 0);
  frame.writeUInt8(2 + reason.length, 1);
  frame.writeUInt16BE(code, 2);
  frame.write(reason, 4, 'latin1');
  return frame;
}
