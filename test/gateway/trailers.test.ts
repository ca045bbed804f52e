import { describe, expect, it } from 'vitest';
import { startDataPlane } from '../support/data-plane.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

function chunked(...trailers: string[]): string {
  return `2\r\nhi\r\n0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;
}

describe('trailers', () => {
  it('of an answer are relayed when they say nothing of framing or identity', async () => {
    const trailers = [
      'X-Checksum: 1',
      'X-Auth-User: root',
      'x_wayleave_error: none',
      'Content-Type: text/html',
      'Transfer-Encoding: chunked',
      'Set-Cookie: a=b',
      'Connection: close',
      'X-Request-Id: other',
      'Server-Timing: db;dur=5',
    ];
    const head = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Checksum, Server-Timing');
    const upstream = await startRawUpstream(head + chunked(...trailers));
    const plane = await startDataPlane({ targets: [upstream.port] });
    const answer = await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h'));
    expect(answer.body).toBe('hi');
    expect(answer.trailers).toEqual([
      ['X-Checksum', '1'],
      ['Server-Timing', 'db;dur=5'],
    ]);
  });

  it('of an answer do not disturb an HTTP/1.0 client', async () => {
    const upstream = await startRawUpstream(
      lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + chunked('X-Sum: 1'),
    );
    const plane = await startDataPlane({ targets: [upstream.port] });
    const answer = await ask(plane.port, lines('GET / HTTP/1.0', 'Host: h'));
    expect(answer).toMatchObject({ body: 'hi', framing: 'until-close' });
  });

  it.each(['POST', 'DELETE'])('of a %s request are dropped, and announcements of them', async (method) => {
    const upstream = await startRawUpstream(ok);
    const plane = await startDataPlane({ targets: [upstream.port] });
    const head = lines(`${method} / HTTP/1.1`, 'Host: h', 'Transfer-Encoding: chunked', 'Trailer: X-Auth-User');
    await ask(plane.port, head + chunked('X-Auth-User: root', 'X-Checksum: 1'));
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]).toMatchObject({ body: 'hi', trailers: [] });
    const names = upstream.requests[0]?.fields.map(([name]) => name.toLowerCase());
    expect(names).not.toContain('trailer');
    expect(names).not.toContain('x-auth-user');
  });
});
