import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeFrame, FrameFollower } from '../../src/gateway/websocket-frames.ts';
import { count } from '../support/counts.ts';

interface FrameWish {
  readonly fin: boolean;
  readonly opcode: number;
  readonly length: number;
  /** How many bytes say the length; more than are needed is not for a server to do, and has one reading all the same. */
  readonly lengthBytes: 0 | 2 | 8;
}

function frame({ fin, opcode, length, lengthBytes }: FrameWish): Buffer {
  const first = (fin ? 0x80 : 0) | opcode;
  const payload = Buffer.alloc(length, 0x81);
  if (lengthBytes === 0) return Buffer.concat([Buffer.from([first, length]), payload]);
  const said = Buffer.alloc(lengthBytes);
  said.writeUIntBE(length, lengthBytes === 8 ? 2 : 0, lengthBytes === 8 ? 6 : 2);
  return Buffer.concat([Buffer.from([first, lengthBytes === 8 ? 127 : 126]), said, payload]);
}

const anyFrame: fc.Arbitrary<FrameWish> = fc.oneof(
  fc.record({
    fin: fc.boolean(),
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.nat(125),
    lengthBytes: fc.constantFrom(0 as const, 2 as const, 8 as const),
  }),
  fc.record({
    fin: fc.boolean(),
    opcode: fc.constantFrom(0, 1, 2),
    length: fc.integer({ min: 126, max: 70_000 }),
    lengthBytes: fc.constant(8 as const),
  }),
);

/** Every place between two frames, the beginning and the end included. */
function boundariesOf(frames: readonly Buffer[]): Set<number> {
  const places = new Set([0]);
  let at = 0;
  for (const one of frames) places.add((at += one.length));
  return places;
}

function follow(...chunks: readonly (Buffer | readonly number[])[]): FrameFollower {
  const follower = new FrameFollower();
  for (const chunk of chunks) follower.push(Buffer.from(chunk));
  return follower;
}

describe('following frames', () => {
  it('knows at every byte whether it stands between two frames', () => {
    const wishes: FrameWish[] = [
      { fin: true, opcode: 1, length: 5, lengthBytes: 0 },
      { fin: false, opcode: 2, length: 0, lengthBytes: 0 },
      { fin: false, opcode: 0, length: 126, lengthBytes: 2 },
      { fin: true, opcode: 9, length: 125, lengthBytes: 0 },
      { fin: true, opcode: 0, length: 300, lengthBytes: 8 },
      { fin: true, opcode: 2, length: 0, lengthBytes: 8 },
    ];
    const frames = wishes.map(frame);
    const boundaries = boundariesOf(frames);
    const bytes = Buffer.concat(frames);
    const follower = new FrameFollower();
    expect(follower.isBetweenFrames).toBe(true);
    for (const [at, byte] of bytes.entries()) {
      follower.push(Buffer.from([byte]));
      expect(follower.isBetweenFrames, `after byte ${at}`).toBe(boundaries.has(at + 1));
    }
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(follow(bytes.subarray(0, cut)).isBetweenFrames, `cut at ${cut}`).toBe(boundaries.has(cut));
      expect(follow(bytes.subarray(0, cut), bytes.subarray(cut)).isBetweenFrames).toBe(true);
    }
  });

  it('says the same however the bytes are cut into chunks', () => {
    const cuts = fc.array(fc.nat(1_000_000), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), cuts, (wishes, places) => {
        const frames = wishes.map(frame);
        const boundaries = boundariesOf(frames);
        const bytes = Buffer.concat(frames);
        const follower = new FrameFollower();
        let from = 0;
        for (const to of [
          ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
          bytes.length,
        ]) {
          follower.push(bytes.subarray(from, to));
          expect(follower.isBetweenFrames).toBe(boundaries.has(to));
          from = to;
        }
      }),
      { numRuns: count(300, 10_000) },
    );
  });

  it('never stands between frames again once the server has closed', () => {
    const close = closeFrame(1000, 'bye');
    for (let cut = 1; cut <= close.length; cut++) {
      expect(follow(close.subarray(0, cut)).isBetweenFrames).toBe(false);
    }
    expect(follow(close, frame({ fin: true, opcode: 1, length: 3, lengthBytes: 0 })).isBetweenFrames).toBe(false);
  });

  it.each([
    ['a mask, which no server sends', [0x81, 0x80, 1, 2, 3, 4]],
    ['a length that no number holds', [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('gives up at %s', (_what, bytes) => {
    expect(follow(bytes).isBetweenFrames).toBe(false);
    expect(follow(bytes, [0x81, 0x00]).isBetweenFrames).toBe(false);
  });

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        follow(...chunks.map((chunk) => [...chunk]));
      }),
      { numRuns: count(300, 10_000) },
    );
  });
});

describe('a close frame', () => {
  it('is as RFC 6455 shows it: unmasked, the code in network order, then the reason', () => {
    const head = [0x88, 2 + 'token_revoked'.length, 1008 >> 8, 1008 & 0xff];
    expect(closeFrame(1008, 'token_revoked')).toEqual(Buffer.concat([Buffer.from(head), Buffer.from('token_revoked')]));
    expect(closeFrame(1013, '')).toEqual(Buffer.from([0x88, 2, 1013 >> 8, 1013 & 0xff]));
  });
});
