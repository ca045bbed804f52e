import { expect, it } from 'vitest';
import { startDataPlane, openRoute } from '../support/data-plane.ts';
import { statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const ok = lines('HTTP/1.1 200 OK', 'Content-Length: 2');
const get = (path: string, ...more: string[]): string => lines(`GET ${path} HTTP/1.1`, 'Host: h', ...more);

it('a request whose token is being looked up while its upstream leaves the configuration still gets its answer', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const [before, after] = [await answerCalls(), await answerCalls()];
  const guarded = routeFixture({ path: '/**', access: { kind: 'authenticated' } });
  const plane = await startDataPlane({ targets: [before.port], routes: [guarded], beforeLookup: () => held });
  const token = plane.issue();
  const client = (await dial(plane.port)).send(get('/', `Authorization: Bearer ${token}`));
  await expect.poll(() => plane.lookups.length).toBe(1);
  plane.reload({ targets: [after.port], routes: [guarded] });
  release();
  const wire = await before.wire(0);
  await wire.untilText('\r\n\r\n');
  wire.send(ok).send('ok');
  expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
  await withinASecond(wire.closed, 'nobody needs the connection any more');
  expect(after.wires).toEqual([]);
});

it('connections to an upstream that stays the same are kept, and serve the next requests', async () => {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], routes: [openRoute()] });
  for (let reload = 0; reload < 5; reload++) {
    const client = (await dial(plane.port)).send(get('/'));
    const wire = await upstream.wire(0);
    await wire.until((text) => text.split('GET / ').length === reload + 2);
    wire.send(ok).send('ok');
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
    plane.reload({ routes: [openRoute({ name: `r${reload}` })] });
  }
  expect(upstream.wires).toHaveLength(1);
});

it('clients that leave, pipeline, upgrade and send junk hold no configuration for longer than they last', async () => {
  const upstream = await answerCalls(
    (wire) =>
      void wire.untilText('\r\n\r\n').then(
        () => wire.send(ok).send('ok'),
        () => undefined,
      ),
  );
  const plane = await startDataPlane({ targets: [upstream.port], routes: [openRoute()] });
  const { exchanges } = plane.runtime();
  const clients = await Promise.all(Array.from({ length: 8 }, () => dial(plane.port)));
  const upgrade = get('/', 'Connection: Upgrade', 'Upgrade: other');
  const said = [
    get('/') + get('/') + get('/'),
    get('/'),
    upgrade,
    get('/') + upgrade,
    'GET / HTTP/1.1\r\nHost: ',
    'junk\r\n\r\n',
  ];
  const expectation = lines('POST / HTTP/1.1', 'Host: h', 'Expect: 100-continue', 'Content-Length: 5');
  for (const [at, text] of [...said, expectation, get('//')].entries()) clients[at]?.send(text);
  await expect.poll(() => plane.reports.length).toBeGreaterThan(3);
  for (const [at, client] of clients.entries()) {
    if (at % 2 === 0) client.reset();
    else client.socket.destroy();
  }
  plane.reload({ routes: [openRoute()] });
  await expect.poll(() => exchanges.users).toBe(0);
});
