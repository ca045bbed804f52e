import { expect, it } from 'vitest';
import { startDataPlane } from '../support/data-plane.ts';
import { only } from '../support/http-message.ts';
import { ask, lines, startRawUpstream } from '../support/speak-http.ts';
import { answerCalls, type Wire } from '../support/wire.ts';

// A target that is broken into, or broken, answers its checks. The worst that it may reach is to get no requests.

const get = lines('GET / HTTP/1.1', 'Host: h');
const ok = lines('HTTP/1.1 200 OK', 'Content-Length: 0');
const timeoutMs = 400;
/** What the system takes in before anybody reads it is not little. */
const bytesMax = 8 * 1024 * 1024;

/** Sends a piece again and again, as fast as it is taken. */
function flood(wire: Wire, piece: string): void {
  const { socket } = wire;
  const bytes = Buffer.from(piece.repeat(Math.ceil(16_384 / piece.length)), 'latin1');
  const send = (): void => {
    if (!socket.destroyed) socket.write(bytes, send);
  };
  send();
}

function drip(wire: Wire, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (wire.socket.destroyed) clearInterval(timer);
    else wire.send(text.charAt(at++ % text.length));
  }, 20);
}

it.each<[string, (wire: Wire) => void]>([
  ['nothing like HTTP', (wire) => void wire.send('220 smtp.example ESMTP\r\n')],
  ['another protocol for ever', (wire) => flood(wire, '\0\u0001\u0002')],
  ['interim answers for ever', (wire) => flood(wire, lines('HTTP/1.1 102 Processing'))],
  [
    'a head without end',
    (wire) => flood(wire.send('HTTP/1.1 200 OK\r\n'), 'X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'),
  ],
  ['a head byte by byte', (wire) => drip(wire, 'HTTP/1.1 200 OK\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')],
  ['a status out of range', (wire) => void wire.send(lines('HTTP/1.1 999 Fine', 'Content-Length: 0'))],
  ['a status that only looks well', (wire) => void wire.send(lines('HTTP/1.1 099 OK', 'Content-Length: 0'))],
  ['two lengths', (wire) => void wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2'))],
  [
    'an upgrade that nobody asked for',
    (wire) => flood(wire.send(lines('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: x')), 'x'),
  ],
  ['an end without an answer', (wire) => void wire.socket.end()],
  ['a reset', (wire) => wire.reset()],
  ['a reset within the head', (wire) => wire.send('HTTP/1.1 2').reset()],
])('a target that answers checks with %s gets nothing, and costs no more than its checks', async (_, answer) => {
  const well = await startRawUpstream(ok);
  const sick = await answerCalls((wire) => {
    wire.socket.once('data', () => answer(wire));
  });
  const health = { path: '/healthz', intervalMs: 50, timeoutMs, unhealthyAfter: 2, healthyAfter: 1 };
  const plane = await startDataPlane({ targets: [well.port, sick.port], health });
  await expect.poll(() => plane.healthChanges).toHaveLength(1);
  const checks = sick.wires.length;
  for (let request = 0; request < 4; request++) expect((await ask(plane.port, get)).startLine).toBe('HTTP/1.1 200 OK');
  await expect.poll(() => sick.wires.length).toBeGreaterThan(checks + 1);
  expect(plane.healthChanges).toHaveLength(1);
  expect(sick.wires.filter(({ socket }) => !socket.closed).length).toBeLessThanOrEqual(1);
  for (const { text } of sick.wires) expect('GET /healthz '.startsWith(text.slice(0, 13))).toBe(true);
  expect(Math.max(...sick.wires.map(({ socket }) => socket.bytesWritten))).toBeLessThan(bytesMax);
  plane.reload({ targets: [sick.port] });
  expect(only(await ask(plane.port, get), 'x-wayleave-error')).toBe('upstream_unavailable');
});
