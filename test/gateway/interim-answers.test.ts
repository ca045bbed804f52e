import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane } from '../support/data-plane.ts';
import { only, statusOf, valuesOf } from '../support/http-message.ts';
import { answerText, lines, MessageReader, startRawUpstream } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';
import { routeFixture } from '../support/route-fixture.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

describe('an interim answer of the upstream', () => {
  it('103 reaches the client with its links and nothing else, before the answer', async () => {
    const hints =
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Other: 1\r\nLink: </b.js>; rel=preload\r\n\r\n';
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h')));
    const atUpstream = await upstream.wire(0);
    await atUpstream.untilText('\r\n\r\n');
    atUpstream.send(hints);
    const early = await reader.next();
    expect(early.startLine).toBe('HTTP/1.1 103 Early Hints');
    expect(early.fields).toEqual([['Link', '</a.css>; rel=preload, </b.js>; rel=preload']]);
    atUpstream.send(ok);
    expect(statusOf(await reader.next())).toBe(200);
  });

  it.each([
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['104', 'HTTP/1.1 104 Upload Resumption\r\nX: 1\r\n\r\n'],
    ['a 103 without links', 'HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n'],
    ['a 103 with a malformed link', 'HTTP/1.1 103 Early Hints\r\nLink: nonsense\r\n\r\n'],
  ])('%s concerns the hop alone', async (_, interim) => {
    const upstream = await startRawUpstream(interim + ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h')));
    expect(statusOf(await reader.next())).toBe(200);
  });

  it('103 is not sent to an HTTP/1.0 client, which does not know interim answers', async () => {
    const upstream = await startRawUpstream(`HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=x\r\n\r\n${ok}`);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(lines('GET / HTTP/1.0', 'Host: h')));
    expect(statusOf(await reader.next())).toBe(200);
  });
});

describe('Expect: 100-continue', () => {
  const head = (...fields: string[]): string =>
    lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 5', 'Expect: 100-Continue', ...fields);

  it('is answered once the verdict is there, and the body follows', async () => {
    const upstream = await startRawUpstream(ok);
    let decide = (): void => undefined;
    const verdict = new Promise<void>((resolve) => (decide = resolve));
    const plane = await startDataPlane({
      targets: [upstream.port],
      routes: [routeFixture({ path: '/**' })],
      beforeLookup: () => verdict,
    });
    const token = plane.issue();
    const wire = await dial(plane.port);
    const reader = new MessageReader(wire.send(head(`Authorization: Bearer ${token}`)));
    await expect.poll(() => plane.lookups.length).toBe(1);
    expect(wire.text).toBe('');
    decide();
    expect((await reader.next()).startLine).toBe('HTTP/1.1 100 Continue');
    wire.send('hello');
    expect(statusOf(await reader.next())).toBe(200);
    expect(upstream.requests.map(({ body }) => body)).toEqual(['hello']);
    expect(upstream.requests.map((request) => valuesOf(request, 'expect'))).toEqual([[]]);
  });

  it('of a body that came along unasked is forwarded whole', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(`${head()}hello`));
    expect((await reader.next()).startLine).toBe('HTTP/1.1 100 Continue');
    expect(statusOf(await reader.next())).toBe(200);
    expect(upstream.requests.map(({ body }) => body)).toEqual(['hello']);
  });

  it.each([
    ['no token', routeFixture({ path: '/**' }), 401, 'token_missing'],
    ['too large a body', openRoute({ maxBodyBytes: 4 }), 413, 'body_too_large'],
    ['no route', openRoute({ methods: ['GET'] }), 405, 'method_not_allowed'],
  ])('with %s is refused without a 100, so that the body is never sent', async (_, route, status, code) => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port], routes: [route] });
    const wire = await dial(plane.port);
    const answer = await new MessageReader(wire.send(head())).next();
    expect(statusOf(answer)).toBe(status);
    expect(only(answer, 'x-wayleave-error')).toBe(code);
    expect(only(answer, 'connection')).toBe('close');
    await wire.closed;
    expect(upstream.wires).toHaveLength(0);
  });

  it('sends identity as on any other request, and none that the client claims', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port], routes: [routeFixture({ path: '/**' })] });
    const fields = [`Authorization: Bearer ${plane.issue()}`, 'X-Auth-User: root', 'X_Auth_User: root'];
    const reader = new MessageReader((await dial(plane.port)).send(`${head(...fields)}hello`));
    await reader.next();
    await reader.next();
    expect(
      upstream.requests.map((request) => [only(request, 'x-auth-user'), valuesOf(request, 'x_auth_user')]),
    ).toEqual([['usr_1', []]]);
  });

  it('of something else is refused with 417', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const wire = await dial(plane.port);
    const answer = await new MessageReader(wire.send(lines('GET / HTTP/1.1', 'Host: h', 'Expect: a-miracle'))).next();
    expect(answer.startLine).toBe('HTTP/1.1 417 Expectation Failed');
    expect(upstream.wires).toHaveLength(0);
  });
});
