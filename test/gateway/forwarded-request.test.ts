import { describe, expect, it } from 'vitest';
import { parsePathPattern, type PathPattern } from '../../src/core/path-pattern.ts';
import { openRoute, startDataPlane } from '../support/data-plane.ts';
import { linesWithout, only, valuesOf } from '../support/http-message.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';
import { routeFixture } from '../support/route-fixture.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

/** What the gateway itself says to an upstream about a request, and what belongs to its connection. */
const own = [
  'host',
  'connection',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'traceparent',
  'via',
];

function pattern(text: string): PathPattern {
  const parsed = parsePathPattern(text);
  if (parsed.kind === 'wrong') throw new Error(parsed.detail);
  return parsed.pattern;
}

describe('what the upstream receives', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'PURGE', 'M-SEARCH'])(
    'is the method %s as it came',
    async (method) => {
      const upstream = await startRawUpstream((request) => (request.startLine.startsWith('HEAD') ? headOnly : ok));
      const plane = await startDataPlane({ targets: [upstream.port] });
      await ask(plane.port, lines(`${method} /a HTTP/1.1`, 'Host: h'));
      expect(upstream.requests.map(({ startLine }) => startLine)).toEqual([`${method} /a HTTP/1.1`]);
    },
  );

  const headOnly = lines('HTTP/1.1 200 OK', 'Content-Length: 2');

  it.each([
    ['/', '/'],
    ['/a/b/', '/a/b/'],
    ['/a?', '/a?'],
    ['/a?b=%20+c&b=%zz&&=;/?d', '/a?b=%20+c&b=%zz&&=;/?d'],
    ['/%7Euser/%61', '/~user/a'],
    ["/a%20b/%c3%a9/!$&'()*+,=:@", "/a%20b/%C3%A9/!$&'()*+,=:@"],
  ])('is the target %s as %s', async (sent, forwarded) => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    await ask(plane.port, lines(`GET ${sent} HTTP/1.1`, 'Host: h'));
    expect(upstream.requests[0]?.startLine).toBe(`GET ${forwarded} HTTP/1.1`);
  });

  it('is every other header in its order, case and number', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const sent = [
      'X-z: 1',
      'accept: a',
      'ACCEPT: b',
      'x-Z: 2',
      'Cookie: a=1',
      'User-Agent: \xe9\xff latin',
      'X-Empty: ',
      'Cookie: b=2',
      'Accept-Encoding: br',
      'If-None-Match: "x", W/"y"',
      'Content-Type: text/plain;charset="UTF-8"',
      'Range: bytes=0-1',
    ];
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...sent));
    expect(upstream.requests.flatMap((request) => linesWithout(request, own))).toEqual(sent);
  });

  it.each(['api.example.com', 'API.example.com:8443', '[::1]:80', 'h.'])('is the Host %s as it came', async (host) => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    await ask(plane.port, lines('GET / HTTP/1.1', `Host: ${host}`));
    expect(upstream.requests.map((request) => only(request, 'host'))).toEqual([host]);
    expect(upstream.requests.map((request) => only(request, 'x-forwarded-host'))).toEqual([host]);
  });

  it('names the gateway after the proxies before it in Via', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', 'Via: 1.0 fred, 1.1 p.example'));
    expect(upstream.requests.map((request) => valuesOf(request, 'via'))).toEqual([
      ['1.0 fred, 1.1 p.example', '1.1 wayleave'],
    ]);
  });

  it('has no header that belongs to the connection, nor any that Connection names', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const hops = [
      'Connection: keep-alive, X-Named, , x-NAMED-too',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'TE: trailers, deflate',
      'Trailer: X-Checksum',
      'Upgrade: unasked',
      'Proxy-Authorization: Basic eDp5',
      'X-Named: 1',
      'X-Named-Too: 1',
      'X-Named: 2',
      'X-Kept: 1',
    ];
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...hops));
    expect(upstream.requests.flatMap((request) => linesWithout(request, own))).toEqual(['X-Kept: 1']);
    expect(upstream.requests.map((request) => only(request, 'connection'))).toEqual(['keep-alive']);
  });

  it('has what the route sets, and not what it removes', async () => {
    const upstream = await startRawUpstream(ok);
    const requestHeaders = { set: [['x-team', 'blue'] as const, ['accept', '*/*'] as const], remove: ['x-secret'] };
    const plane = await startDataPlane({ targets: [upstream.port], routes: [openRoute({ requestHeaders })] });
    const sent = ['X-Secret: 1', 'Accept: a', 'X-TEAM: red', 'X-Team: green', 'x-secret: 2', 'X-Kept: 1'];
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...sent));
    const left = upstream.requests.flatMap((request) => linesWithout(request, own));
    expect(left).toEqual(['X-Kept: 1', 'x-team: blue', 'accept: */*']);
  });

  it.each([
    ['/api/devices/7?x=1', { stripPrefix: pattern('/api') }, '/devices/7?x=1'],
    ['/api/', { stripPrefix: pattern('/api') }, '/'],
    ['/api/a%2Fb/', { stripPrefix: pattern('/api'), allowEncodedSlashes: true }, '/a%2Fb/'],
    ['/api/devices/7/', { rewrite: pattern('/v2/all/**') }, '/v2/all/devices/7/'],
  ])('is %s after the route rewrote it', async (sent, given, forwarded) => {
    const upstream = await startRawUpstream(ok);
    const route = routeFixture({ path: '/api/**', access: { kind: 'public' }, ...given });
    const plane = await startDataPlane({ targets: [upstream.port], routes: [route] });
    await ask(plane.port, lines(`GET ${sent} HTTP/1.1`, 'Host: h'));
    expect(upstream.requests[0]?.startLine).toBe(`GET ${forwarded} HTTP/1.1`);
  });

  it('puts captured segments into a rewrite as they were escaped', async () => {
    const upstream = await startRawUpstream(ok);
    const rewrite = pattern('/r/:b/fixed/:a');
    const route = routeFixture({ path: '/x/:a/:b', access: { kind: 'public' }, rewrite });
    const plane = await startDataPlane({ targets: [upstream.port], routes: [route] });
    await ask(plane.port, lines('GET /x/1%3F2/%C3%A9?q HTTP/1.1', 'Host: h'));
    expect(upstream.requests[0]?.startLine).toBe('GET /r/%C3%A9/fixed/1%3F2?q HTTP/1.1');
  });

  it('is no console cookie, and every other cookie byte for byte', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const cookies = [
      'Cookie: a=1; wayleave_console=s3cret; b="x=y"; __Host-wayleave_console=s3cret',
      'Cookie: wayleave_console=s3cret',
      'Cookie: WAYLEAVE_console=s3cret;not_wayleave_console=1',
    ];
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...cookies));
    const [request] = upstream.requests;
    expect(request && valuesOf(request, 'cookie')).toEqual(['a=1; b="x=y"', 'not_wayleave_console=1']);
  });
});
