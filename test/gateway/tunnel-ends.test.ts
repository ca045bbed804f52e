import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { settled, withinASecond } from '../support/settled.ts';
import { lines } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const handshake = lines('GET /x HTTP/1.1', 'Host: h', 'Connection: Upgrade', 'Upgrade: bytes');
const switching = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: bytes');

interface Ends {
  readonly client: Wire;
  readonly wire: Wire;
  readonly plane: DataPlane;
}

async function halfOpen(): Promise<Ends> {
  const upstream = await answerCalls();
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: [routeFixture({ path: '/**', access: { kind: 'public' } })],
  });
  const client = (await dial(plane.port)).send(handshake);
  const wire = await upstream.wire(0);
  await wire.untilText('\r\n\r\n');
  return { client, wire, plane };
}

async function open(): Promise<Ends> {
  const ends = await halfOpen();
  ends.wire.send(switching);
  await ends.client.untilText('\r\n\r\n');
  return ends;
}

async function expectNothingLeft({ client, wire, plane }: Ends): Promise<void> {
  await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
  await withinASecond(plane.nextReport(), 'the end is reported');
  await expect.poll(() => plane.connections()).toBe(0);
  expect(plane.tunnels.size).toBe(0);
}

type Side = 'client' | 'wire';

describe('a tunnel ends at both ends', () => {
  it.each(['client', 'wire'] as const)('when the %s resets it', async (side: Side) => {
    const ends = await open();
    ends[side].reset();
    await expectNothingLeft(ends);
  });

  it.each(['client', 'wire'] as const)('when the %s ends it in order', async (side: Side) => {
    const ends = await open();
    ends[side].send('bye').socket.end();
    await ends[side === 'client' ? 'wire' : 'client'].untilText('bye');
    await expectNothingLeft(ends);
  });

  it.each(['client', 'wire'] as const)('when the %s resets it in the middle of a flood', async (side: Side) => {
    const ends = await open();
    const flood = Buffer.alloc(32 * 1024 * 1024, 'x');
    ends.client.send(flood);
    ends.wire.send(flood);
    const other = side === 'client' ? ends.wire : ends.client;
    await expect.poll(() => other.bytes).toBeGreaterThan(100_000);
    ends[side].reset();
    await expectNothingLeft(ends);
  });

  it.each(['client', 'wire'] as const)('when the %s resets it while the other does not read', async (side: Side) => {
    const ends = await open();
    const other = side === 'client' ? ends.wire : ends.client;
    other.socket.pause();
    ends[side].send(Buffer.alloc(32 * 1024 * 1024));
    await settled(() => ends[side].socket.bytesWritten - ends[side].socket.writableLength);
    ends[side].reset();
    other.socket.resume();
    await expectNothingLeft(ends);
  });

  it.each(['client', 'wire'] as const)('when the %s resets it before the upstream has agreed', async (side: Side) => {
    const ends = await halfOpen();
    ends[side].reset();
    await expectNothingLeft(ends);
  });

  it('when the client ends it in order before the upstream has agreed', async () => {
    const ends = await halfOpen();
    ends.client.socket.end();
    ends.wire.send(switching);
    await expectNothingLeft(ends);
  });

  it('when the client leaves while the upstream refuses at length', async () => {
    const ends = await halfOpen();
    ends.wire.send(`${lines('HTTP/1.1 403 Forbidden', 'Transfer-Encoding: chunked')}4\r\nnope\r\n`);
    await ends.client.untilText('nope');
    ends.client.reset();
    await expectNothingLeft(ends);
  });

  it('when the upstream is reset while it refuses at length', async () => {
    const ends = await halfOpen();
    ends.wire.send(`${lines('HTTP/1.1 403 Forbidden', 'Transfer-Encoding: chunked')}4\r\nnope\r\n`);
    await ends.client.untilText('nope');
    ends.wire.reset();
    await expectNothingLeft(ends);
    expect(ends.client.text).not.toMatch(/0\r\n\r\n$/);
  });

  it.each([
    ['resets', (wire: Wire) => wire.reset()],
    ['ends', (wire: Wire) => void wire.socket.end()],
  ])('when the client %s it while its token is being looked up', async (_, leave) => {
    const upstream = await answerCalls(
      (wire) =>
        void wire.untilText('\r\n\r\n').then(
          () => wire.send(switching),
          () => undefined,
        ),
    );
    let find = (): void => undefined;
    const found = new Promise<void>((resolve) => (find = resolve));
    const plane = await startDataPlane({
      targets: [upstream.port],
      routes: [routeFixture({ path: '/**' })],
      beforeLookup: () => found,
    });
    const text = handshake.replace('Host: h', `Host: h\r\nAuthorization: Bearer ${plane.issue()}`);
    const client = (await dial(plane.port)).send(text);
    await expect.poll(() => plane.lookups.length).toBe(1);
    leave(client);
    await delay(50);
    find();
    await withinASecond(plane.nextReport(), 'the end is reported');
    await expect.poll(() => plane.connections()).toBe(0);
    await expect.poll(() => upstream.wires.filter(({ socket }) => !socket.closed).length).toBe(0);
  });
});

describe('what was sent before the end', () => {
  const size = 8 * 1024 * 1024;

  it.each(['client', 'wire'] as const)(
    'by the %s arrives whole, however slowly the other reads',
    async (side: Side) => {
      const ends = await open();
      const other = side === 'client' ? ends.wire : ends.client;
      const before = other.bytes;
      other.socket.pause();
      ends[side].send(Buffer.alloc(size, 'x'));
      ends[side].socket.end();
      await delay(500);
      other.socket.resume();
      await other.closed;
      expect(other.bytes - before).toBe(size);
      expect(other.error).toBeUndefined();
      await expectNothingLeft(ends);
    },
  );

  it('arrives whole although its sender is gone before it is read', async () => {
    const flooded = await open();
    flooded.client.socket.pause();
    flooded.wire.send(Buffer.alloc(64 * 1024 * 1024));
    const held = [...flooded.plane.tunnels].find((socket) => socket instanceof Socket);
    if (held === undefined) throw new Error('no tunnel');
    // As much as the system takes for a client that does not read; what is more waits in the gateway.
    const taken = await settled(() => held.bytesWritten - held.writableLength);
    flooded.client.reset();
    for (const more of [-64, 0, 16, 32, 48, 64, 80, 96]) {
      const ends = await open();
      const sent = taken + more * 1024;
      const before = ends.client.bytes;
      ends.client.socket.pause();
      ends.wire.send(Buffer.alloc(sent, 'x')).socket.end();
      await Promise.race([ends.wire.closed, settled(() => ends.wire.socket.bytesWritten)]);
      await delay(50);
      ends.client.socket.resume();
      await ends.client.closed;
      expect(ends.client.bytes - before).toBe(sent);
    }
  });

  it.each(['client', 'wire'] as const)(
    'by the %s waits where it is while the other does not read',
    async (side: Side) => {
      const ends = await open();
      const other = side === 'client' ? ends.wire : ends.client;
      other.socket.pause();
      const { socket } = ends[side].send(Buffer.alloc(64 * 1024 * 1024));
      expect(await settled(() => socket.bytesWritten - socket.writableLength)).toBeLessThan(32 * 1024 * 1024);
      ends.client.reset();
    },
  );
});

describe('a thousand tunnels', () => {
  it('opened and closed leave nothing behind', async () => {
    const upstream: Switchboard = await answerCalls(
      (wire) =>
        void wire.untilText('\r\n\r\n').then(
          () => wire.send(switching),
          () => undefined,
        ),
    );
    const plane = await startDataPlane({ targets: [upstream.port] });
    for (let round = 0; round < 20; round++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => dial(plane.port)));
      for (const client of clients) client.send(handshake);
      for (const client of clients) await client.untilText('Upgrade: bytes\r\n'.toLowerCase());
      for (const [number, client] of clients.entries()) {
        if (number % 4 === 0) client.reset();
        else if (number % 4 === 1) client.socket.end();
        else if (number % 4 === 2) client.socket.destroy();
      }
      for (const wire of upstream.wires) wire.socket.end();
      await Promise.all(clients.map(({ closed }) => closed));
    }
    await expect.poll(() => plane.connections()).toBe(0);
    await expect.poll(() => upstream.wires.filter(({ socket }) => !socket.closed).length).toBe(0);
    await expect.poll(() => plane.tunnels.size).toBe(0);
    await expect.poll(() => plane.reports.length).toBe(1000);
  });
});
