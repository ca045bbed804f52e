import { once } from 'node:events';
import { get as httpsGet } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { localhostCertificate } from '../support/certificate.ts';
import { openRoute, startDataPlane } from '../support/data-plane.ts';
import { only, statusOf, valuesOf } from '../support/http-message.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');
const inChunks = `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}2\r\nok\r\n0\r\n\r\n`;

describe('an HTTP/1.0 client', () => {
  it('gets a chunked answer plain, ended by the end of the connection', async () => {
    const upstream = await startRawUpstream(inChunks);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const wire = await dial(plane.port);
    const text = await wire.send(lines('GET / HTTP/1.0', 'Host: h')).rest();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\n\r\nok$/);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(wire.error).toBeUndefined();
  });

  it('may leave out Host: the upstream is given its own name, and no forwarded host', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const answer = await ask(plane.port, lines('GET / HTTP/1.0'));
    expect(statusOf(answer)).toBe(200);
    const [request] = upstream.requests;
    expect(request && only(request, 'host')).toBe(`127.0.0.1:${upstream.port}`);
    expect(request && valuesOf(request, 'x-forwarded-host')).toEqual([]);
  });

  it('keeps its connection where it asks to', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader(await dial(plane.port));
    for (const path of ['/1', '/2']) {
      reader.wire.send(lines(`GET ${path} HTTP/1.0`, 'Host: h', 'Connection: keep-alive'));
      expect(only(await reader.next(), 'connection')).toBe('keep-alive');
    }
    expect(upstream.requests.map(({ startLine }) => startLine)).toEqual(['GET /1 HTTP/1.1', 'GET /2 HTTP/1.1']);
  });
});

describe('a connection that is kept', () => {
  it('carries one request after the other, bodies and refusals among them', async () => {
    const upstream = await startRawUpstream((request) =>
      answerText('HTTP/1.1 200 OK', `${request.startLine}|${request.body}`),
    );
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader(await dial(plane.port));
    const send = (text: string): Promise<unknown> => {
      reader.wire.send(text);
      return reader.next();
    };
    expect(await send(lines('GET /1 HTTP/1.1', 'Host: h'))).toMatchObject({ body: 'GET /1 HTTP/1.1|' });
    expect(await send(`${lines('POST /2 HTTP/1.1', 'Host: h', 'Content-Length: 3')}abc`)).toMatchObject({
      body: 'POST /2 HTTP/1.1|abc',
    });
    expect(
      await send(`${lines('PUT /3 HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`),
    ).toMatchObject({ body: 'PUT /3 HTTP/1.1|abc' });
    expect(await send(lines('GET /.wayleave/nothing HTTP/1.1', 'Host: h'))).toMatchObject({
      startLine: 'HTTP/1.1 404 Not Found',
    });
    expect(await send(lines('GET /4 HTTP/1.1', 'Host: h'))).toMatchObject({ body: 'GET /4 HTTP/1.1|' });
    expect(await plane.connections()).toBe(1);
    // A POST with a body counts as reusable upstream as well.
    expect(upstream.wires.length).toBeLessThanOrEqual(2);
  });

  it('answers requests that were sent together one after the other', async () => {
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port] });
    const client = await dial(plane.port);
    client.send(['/1', '/2', '/3'].map((path) => lines(`GET ${path} HTTP/1.1`, 'Host: h')).join(''));
    const reader = new MessageReader(client);
    const wire = await upstream.wire(0);
    for (const path of ['/1', '/2', '/3']) {
      await wire.untilText(`GET ${path} `);
      expect(upstream.wires).toHaveLength(1);
      wire.send(answerText('HTTP/1.1 200 OK', path));
      expect((await reader.next()).body).toBe(path);
    }
  });

  it('ends with the answer when the client says so, and nothing sent after it is read', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const request = lines('GET /1 HTTP/1.1', 'Host: h', 'Connection: close');
    const text = await (await dial(plane.port)).send(request + lines('GET /2 HTTP/1.1', 'Host: h')).rest();
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
    expect(upstream.requests.map(({ startLine }) => startLine)).toEqual(['GET /1 HTTP/1.1']);
  });

  it('ends with the answer once the gateway is draining', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader(await dial(plane.port));
    reader.wire.send(lines('GET /1 HTTP/1.1', 'Host: h'));
    expect(only(await reader.next(), 'connection')).toBe('keep-alive');
    plane.drain();
    reader.wire.send(lines('GET /2 HTTP/1.1', 'Host: h'));
    const last = await reader.next();
    expect(statusOf(last)).toBe(200);
    expect(only(last, 'connection')).toBe('close');
    await reader.wire.closed;
  });

  it.each([
    ['no route', 404],
    ['no token', 401],
    ['a wrong token', 401],
    ['a method that is not allowed', 405],
  ])('stays open after a refusal for %s', async (why, status) => {
    const route = openRoute({ path: '/closed', access: { kind: 'authenticated' }, methods: ['GET'] });
    const plane = await startDataPlane({ targets: [1], routes: [route] });
    const reader = new MessageReader(await dial(plane.port));
    const method = why === 'a method that is not allowed' ? 'POST' : 'GET';
    const credential = why === 'a wrong token' ? ['Authorization: Bearer wl_pat_x'] : [];
    for (let request = 0; request < 2; request++) {
      reader.wire.send(lines(`${method} /${why === 'no route' ? '' : 'closed'} HTTP/1.1`, 'Host: h', ...credential));
      const answer = await reader.next();
      expect(statusOf(answer)).toBe(status);
      expect(only(answer, 'connection')).toBe('keep-alive');
    }
  });

  it('ends with a refusal, too, once the gateway is draining', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    plane.drain();
    const reader = new MessageReader(
      (await dial(plane.port)).send(lines('GET /.wayleave/nothing HTTP/1.1', 'Host: h')),
    );
    expect(only(await reader.next(), 'connection')).toBe('close');
  });
});

describe('a client that does not get to the end of its head', () => {
  it('is told so with 408 and let go', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port], limits: { headerTimeoutMs: 300 } });
    const text = await (await dial(plane.port)).send('GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ').rest();
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('request_timeout');
    expect(upstream.wires).toHaveLength(0);
  });
});

describe('a TLS listener', () => {
  it('serves, and tells the upstream that it was https', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port], tls: localhostCertificate });
    const request = httpsGet({
      port: plane.port,
      host: '127.0.0.1',
      path: '/x',
      ca: localhostCertificate.cert,
      agent: false,
    });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    expect(upstream.requests.map((seen) => only(seen, 'x-forwarded-proto'))).toEqual(['https']);
  });

  it('says nothing to a client that does not speak TLS, and lives on', async () => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port], tls: localhostCertificate });
    const text = await (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h')).rest();
    expect(text).not.toContain('HTTP/1.1 200');
    expect(upstream.requests).toEqual([]);
  });
});
