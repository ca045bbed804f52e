import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane } from '../support/data-plane.ts';
import { linesWithout, only, statusOf, valuesOf, type HttpMessage } from '../support/http-message.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream, type Respond } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: h');

/** What the gateway itself says in an answer, and what belongs to its connection. */
const own = ['via', 'x-request-id', 'connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length'];

async function relay(respond: Respond, request = get, route = openRoute()): Promise<HttpMessage> {
  const upstream = await startRawUpstream(respond);
  const plane = await startDataPlane({ targets: [upstream.port], routes: [route] });
  return ask(plane.port, request);
}

describe('what the client receives', () => {
  it.each([
    '200 OK',
    '201 Created',
    '207 Multi-Status',
    '299 Odd',
    '404 Nicht da',
    '418 ',
    '500 \xe9t\xe9',
    '599 Last',
  ])('is the status line %s as it came', async (status) => {
    const answer = await relay(answerText(`HTTP/1.1 ${status}\r\nX: 1`, 'x'));
    // Upstreams' reason phrases are no protocol; one that is not plain text is left out.
    expect(answer.startLine).toBe(`HTTP/1.1 ${status.replace('\xe9t\xe9', '')}`);
  });

  it('is every header in its order, case and number', async () => {
    const sent = [
      'X-z: 1',
      'Set-Cookie: a=1; Path=/; HttpOnly',
      'x-Z: 2',
      'SET-COOKIE: b=2, c=3',
      'WWW-Authenticate: Basic realm="x"',
      'Set-Cookie: a=1; Path=/; HttpOnly',
      'X-Empty: ',
      'Server: \xe9\xff latin',
      'WWW-Authenticate: Digest realm="y"',
      'Content-Type: text/html',
      'ETag: W/"x"',
      'Content-Encoding: br',
      'Via: 1.0 fred',
    ];
    const answer = await relay(answerText(['HTTP/1.1 200 OK', ...sent].join('\r\n'), 'x'));
    expect(linesWithout(answer, own.slice(1))).toEqual([...sent, 'via: 1.1 wayleave']);
  });

  it('has no header that belongs to the connection, nor any that Connection names', async () => {
    const hops = [
      'Connection: X-Named , keep-alive',
      'Connection: x-other',
      'Keep-Alive: timeout=99',
      'Proxy-Connection: keep-alive',
      'Proxy-Authenticate: Basic',
      'Trailer: X-Sum',
      'Upgrade: h2c',
      'TE: x',
      'X-NAMED: 1',
      'X-Other: 1',
      'X-Kept: 1',
    ];
    const answer = await relay(answerText(['HTTP/1.1 200 OK', ...hops].join('\r\n'), 'x'));
    expect(linesWithout(answer, own)).toEqual(['X-Kept: 1']);
    expect(only(answer, 'connection')).toBe('keep-alive');
  });

  it("has nothing of the upstream's that speaks in the gateway's name", async () => {
    const forged = [
      'X-Auth-User: root',
      'x-auth-token-expires: 1970-01-01',
      'X_Auth.Scopes: all',
      'X-Wayleave-Error: token_invalid',
      'X-Request-Id: other',
      'Set-Cookie: wayleave_console=evil; Path=/',
      'Set-Cookie: __Host-Wayleave_Console=evil',
      'Set-Cookie:   wayleave_console =evil',
      'Set-Cookie: =wayleave_console=evil',
      'Set-Cookie:  = =__Host-wayleave_console=evil; Path=/',
      'Set-Cookie: mine=wayleave_console=1',
      'X-Author: me',
    ];
    const answer = await relay(answerText(['HTTP/1.1 200 OK', ...forged].join('\r\n'), 'x'));
    expect(linesWithout(answer, own)).toEqual(['Set-Cookie: mine=wayleave_console=1', 'X-Author: me']);
    expect(valuesOf(answer, 'x-request-id')).not.toContain('other');
  });

  it('has what the route sets, and not what it removes', async () => {
    const responseHeaders = { set: [['cache-control', 'no-store'] as const], remove: ['server'] };
    const fields = 'Server: x\r\nCache-Control: public\r\nX-Kept: 1\r\nSERVER: y';
    const answer = await relay(answerText(`HTTP/1.1 200 OK\r\n${fields}`, 'x'), get, openRoute({ responseHeaders }));
    expect(linesWithout(answer, own)).toEqual(['X-Kept: 1', 'cache-control: no-store']);
  });

  it.each([
    ['of known length', 'Content-Length: 5\r\n\r\nhello', 'length'],
    ['of no length', 'Content-Length: 0\r\n\r\n', 'length'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\n\r\n', 'chunked'],
  ])('is a body %s in the same framing', async (_, text, framing) => {
    const answer = await relay(`HTTP/1.1 200 OK\r\n${text}`);
    expect(answer.framing).toBe(framing);
    expect(answer.body).toBe(text.startsWith('Content-Length: 0') ? '' : 'hello');
  });

  it.each(['1.0', '1.1'])('is a body that ends with the HTTP/%s connection, in chunks', async (version) => {
    const answer = await relay((_, wire) => {
      wire.send(`HTTP/${version} 200 OK\r\nConnection: close\r\n\r\nhello`).socket.end();
      return undefined;
    });
    expect(answer).toMatchObject({ framing: 'chunked', body: 'hello' });
  });

  it('is a compressed body as it came, not decoded', async () => {
    const gzip = '\x1f\x8b\x08\x00junk';
    const answer = await relay(answerText('HTTP/1.1 200 OK\r\nContent-Encoding: gzip', gzip));
    expect(answer.body).toBe(gzip);
    expect(only(answer, 'content-encoding')).toBe('gzip');
  });

  it('is a redirect as it came, not followed', async () => {
    const answer = await relay(answerText('HTTP/1.1 302 Found\r\nLocation: http://elsewhere/x?y#z', ''));
    expect(answer.startLine).toBe('HTTP/1.1 302 Found');
    expect(only(answer, 'location')).toBe('http://elsewhere/x?y#z');
  });
});

describe('an answer without a body', () => {
  it.each([
    [
      'to HEAD, with the length of what GET would give',
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
      '1234',
    ],
    ['to HEAD of a chunked resource', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', undefined],
    ['204', 'DELETE', 'HTTP/1.1 204 No Content\r\n\r\n', undefined],
    [
      '304 with the length of what has not changed',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
      '99',
    ],
    ['304 without one', 'GET', 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', undefined],
  ])('%s leaves the connection usable', async (_, method, text, length) => {
    const upstream = await startRawUpstream((request) =>
      request.startLine.includes('/next') ? answerText('HTTP/1.1 200 OK', 'next') : text,
    );
    const plane = await startDataPlane({ targets: [upstream.port] });
    const wire = await dial(plane.port);
    const reader = new MessageReader(wire);
    wire.send(lines(`${method} / HTTP/1.1`, 'Host: h'));
    const answer = await reader.next(method);
    expect(answer.startLine).toBe(text.slice(0, text.indexOf('\r\n')));
    expect(only(answer, 'content-length')).toBe(length);
    expect(valuesOf(answer, 'transfer-encoding')).toEqual([]);
    wire.send(lines('GET /next HTTP/1.1', 'Host: h'));
    expect((await reader.next()).body).toBe('next');
  });

  it('to HEAD stays without one although the upstream sends one', async () => {
    const upstream = await startRawUpstream((request) =>
      request.startLine.startsWith('HEAD')
        ? answerText('HTTP/1.1 200 OK', 'oops')
        : answerText('HTTP/1.1 200 OK', 'next'),
    );
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(lines('HEAD / HTTP/1.1', 'Host: h')));
    expect(statusOf(await reader.next('HEAD'))).toBe(200);
    reader.wire.send(get);
    expect((await reader.next()).body).toBe('next');
  });
});
