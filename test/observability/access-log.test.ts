import { describe, expect, it } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { createAccessLog, type AccessRecord } from '../../src/observability/access-log.ts';
import { lineCollector } from './lines.ts';

const record: AccessRecord = {
  time: 1000,
  requestId: '5d8b9a62-2b8f-4a6e-9b1c-2f1e8a7c3d4e',
  method: 'GET',
  host: 'api.example.com',
  path: '/api/devices/42?x=1',
  status: 200,
  decision: 'allowed',
  route: 'devices',
  revision: 'abcdef123456',
  tokenId: 'tok_1',
  subject: 'usr_1',
  organization: 'org_1',
  source: 'memory',
  durationMs: 1.23456,
  authMs: 0.01,
  upstreamMs: 1,
  bytesIn: 0,
  bytesOut: 312,
  remoteAddress: '10.0.0.1',
};

function written(given: Partial<AccessRecord>): Record<string, unknown> {
  const output = lineCollector();
  createAccessLog(output).write([{ ...record, ...given }]);
  const [line] = output.lines();
  if (line === undefined || output.lines().length !== 1) throw new Error(`not one line: ${output.text()}`);
  return line;
}

describe('the access log', () => {
  it('has one line a request, with who, what, by which rule, and how long', () => {
    expect(written({})).toEqual({
      level: 30,
      time: 1000,
      request_id: record.requestId,
      method: 'GET',
      host: 'api.example.com',
      path: '/api/devices/42?x=1',
      status: 200,
      decision: 'allowed',
      route: 'devices',
      revision: 'abcdef123456',
      token_id: 'tok_1',
      subject: 'usr_1',
      organization: 'org_1',
      source: 'memory',
      duration_ms: 1.235,
      auth_ms: 0.01,
      upstream_ms: 1,
      bytes_in: 0,
      bytes_out: 312,
      remote_address: '10.0.0.1',
      msg: 'request',
    });
  });

  it.each(['a"b\\c', '/x\r\n{"level":60}', '/\u001B[31m\u009Bx', '/%00\0', '/\u202Egnp', '/ÿ\uD800', '</script>', ''])(
    'writes %j so that it stays one JSON line that says just that',
    (text) => {
      expect(written({ path: text, host: text, method: text })).toMatchObject({ path: text, host: text, method: text });
    },
  );

  it('masks tokens and cuts what is too long', () => {
    const token = mintToken('wl', 'ses');
    expect(written({ path: `/x?access_token=${token}` })['path']).toBe('/x?access_token=wl_ses_***');
    expect(written({ path: `/${'a'.repeat(5000)}` })['path']).toBe(`/${'a'.repeat(1023)}...`);
  });

  it('hands lines over in one piece', () => {
    const output = lineCollector();
    createAccessLog(output).write([record, { ...record, path: '/second' }]);
    expect(output.lines().map(({ path }) => path)).toEqual([record.path, '/second']);
  });
});
