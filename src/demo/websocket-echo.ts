import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The constant of RFC 6455, section 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const payloadBytesMax = 1024 * 1024;
const opcodes = { close: 0x8, ping: 0x9, pong: 0xa } as const;

interface Frame {
  /** FIN and the reserved bits, as they came. */
  readonly flags: number;
  readonly opcode: number;
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** Accepts a WebSocket on `/ws` (RFC 6455) and sends every frame back; refuses any other upgrade. */
export function echoWebSocket(req: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  const key = req.headers['sec-websocket-key'];
  if (
    key === undefined ||
    req.headers.upgrade?.toLowerCase() !== 'websocket' ||
    !/^\/ws(?:[/?]|$)/.test(req.url ?? '')
  ) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let pending = head;
  const take = (chunk: Buffer): void => {
    pending = echoFrames(Buffer.concat([pending, chunk]), socket);
  };
  socket.on('data', take);
  socket.on('end', () => socket.end());
  take(Buffer.alloc(0));
}

/** Echoes the whole frames of `bytes` and returns what is left. */
function echoFrames(bytes: Buffer, socket: Duplex): Buffer {
  let rest = bytes;
  for (;;) {
    const frame = readFrame(rest);
    if (frame === undefined) return rest;
    if (frame === 'too_long') {
      socket.destroy();
      return Buffer.alloc(0);
    }
    rest = rest.subarray(frame.length);
    const opcode = frame.opcode === opcodes.ping ? opcodes.pong : frame.opcode;
    if (frame.opcode !== opcodes.pong) send(socket, writeFrame(frame.flags | opcode, frame.payload));
    if (frame.opcode === opcodes.close) socket.end();
  }
}

/** A reader that does not keep up is not read from until it has caught up. */
function send(socket: Duplex, frame: Buffer): void {
  if (socket.write(frame) || socket.isPaused()) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

/** Reads one frame (section 5.2); undefined when it is not whole yet. */
function readFrame(bytes: Buffer): Frame | 'too_long' | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  const shortLength = second & 0x7f;
  const lengthBytes = shortLength === 126 ? 2 : shortLength === 127 ? 8 : 0;
  if (bytes.length < 2 + lengthBytes) return undefined;
  const payloadLength =
    lengthBytes === 0 ? shortLength : bytes.readUIntBE(lengthBytes === 8 ? 4 : 2, lengthBytes === 8 ? 6 : 2);
  if (payloadLength > payloadBytesMax) return 'too_long';
  const masked = (second & 0x80) !== 0;
  const maskAt = 2 + lengthBytes;
  const payloadAt = maskAt + (masked ? 4 : 0);
  const length = payloadAt + payloadLength;
  if (bytes.length < length) return undefined;
  const payload = Buffer.from(bytes.subarray(payloadAt, length));
  if (masked) for (const [at, byte] of payload.entries()) payload[at] = byte ^ (bytes[maskAt + (at % 4)] ?? 0);
  return { flags: first & 0xf0, opcode: first & 0x0f, payload, length };
}

/** A frame as servers send it, without a mask. */
function writeFrame(first: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  header.writeUInt8(first, 0);
  if (header.length === 2) header.writeUInt8(payload.length, 1);
  else if (header.length === 4) {
    header.writeUInt8(126, 1);
    header.writeUInt16BE(payload.length, 2);
  } else {
    header.writeUInt8(127, 1);
    header.writeUIntBE(payload.length, 4, 6);
  }
  return Buffer.concat([header, payload]);
}
