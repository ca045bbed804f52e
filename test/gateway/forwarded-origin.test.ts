import { describe, expect, it } from 'vitest';
import { startDataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { only, type HttpMessage } from '../support/http-message.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const freshTrace = /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/;

interface Seen {
  readonly forwarded: HttpMessage;
  readonly answer: HttpMessage;
}

async function see(config: DataPlaneOptions['config'], ...fields: string[]): Promise<Seen> {
  const upstream = await startRawUpstream(ok);
  const plane = await startDataPlane({ targets: [upstream.port], config: config ?? {} });
  const answer = await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...fields));
  const [forwarded] = upstream.requests;
  if (forwarded === undefined) throw new Error(`not forwarded: ${answer.startLine}`);
  return { forwarded, answer };
}

const trusted = { trustedProxies: ['127.0.0.0/8'] };
const claims = [
  'X-Forwarded-For: 203.0.113.7, 127.0.0.2',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: public.example',
  'X-Request-Id: given-by-proxy.1',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'tracestate: congo=t61rcWkgMzE',
];

describe('where a request comes from, as the upstream is told', () => {
  it('is the word of the gateway when the peer is nobody special', async () => {
    const { forwarded, answer } = await see({}, ...claims);
    expect(only(forwarded, 'x-forwarded-for')).toBe('127.0.0.1');
    expect(only(forwarded, 'x-forwarded-proto')).toBe('http');
    expect(only(forwarded, 'x-forwarded-host')).toBe('h');
    expect(only(forwarded, 'x-request-id')).toMatch(uuid);
    expect(only(forwarded, 'traceparent')).toMatch(freshTrace);
    expect(only(forwarded, 'tracestate')).toBeUndefined();
    expect(only(answer, 'x-request-id')).toBe(only(forwarded, 'x-request-id'));
  });

  it('is the word of a trusted proxy, with that proxy added', async () => {
    const { forwarded, answer } = await see(trusted, ...claims);
    expect(only(forwarded, 'x-forwarded-for')).toBe('203.0.113.7, 127.0.0.2, 127.0.0.1');
    expect(only(forwarded, 'x-forwarded-proto')).toBe('https');
    expect(only(forwarded, 'x-forwarded-host')).toBe('public.example');
    expect(only(forwarded, 'x-request-id')).toBe('given-by-proxy.1');
    expect(only(answer, 'x-request-id')).toBe('given-by-proxy.1');
    expect(only(forwarded, 'tracestate')).toBe('congo=t61rcWkgMzE');
  });

  it('continues the trace of a trusted proxy as a child, with the sampling as it was', async () => {
    const { forwarded } = await see(trusted, ...claims);
    const traceparent = only(forwarded, 'traceparent');
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(traceparent).not.toContain('b7ad6b7169203331');
  });

  it.each(['', 'a b', 'x'.repeat(129), 'a\tb'])('does not believe the request id %j even then', async (id) => {
    const { forwarded } = await see(trusted, `X-Request-Id: ${id}`);
    expect(only(forwarded, 'x-request-id')).toMatch(uuid);
  });

  it.each([
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
    'junk',
  ])('begins a new trace where the traceparent is %s', async (traceparent) => {
    const { forwarded } = await see(trusted, `traceparent: ${traceparent}`, 'tracestate: a=1');
    expect(only(forwarded, 'traceparent')).toMatch(freshTrace);
    expect(only(forwarded, 'tracestate')).toBeUndefined();
  });

  it('is another id and another trace for each request', async () => {
    const [one, two] = [await see({}), await see({})];
    expect(only(one.forwarded, 'x-request-id')).not.toBe(only(two.forwarded, 'x-request-id'));
    expect(only(one.forwarded, 'traceparent')).not.toBe(only(two.forwarded, 'traceparent'));
  });
});
