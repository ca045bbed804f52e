import type { ProblemCode } from '../core/problem.ts';
import { maskText } from './mask.ts';

/** What is written about one request of the data plane. */
export interface AccessRecord {
  /** When the answer closed, in milliseconds since the epoch. */
  readonly time: number;
  readonly requestId: string;
  readonly method: string;
  readonly host: string;
  /** As it was sent; token-like text in it is masked here. */
  readonly path: string;
  readonly status: number;
  /** The problem code, where the gateway answered for itself. */
  readonly code?: ProblemCode | undefined;
  /** undefined: it never came to a decision. */
  readonly decision?: 'allowed' | 'denied' | undefined;
  /** Why it was denied. */
  readonly reason?: ProblemCode | undefined;
  /** The line stands for so many; undefined: for itself. */
  readonly oneIn?: number | undefined;
  readonly route?: string | undefined;
  readonly revision: string;
  readonly tokenId?: string | undefined;
  /** User ids. */
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  /** The assume-user token under which another user is assumed. */
  readonly assumeToken?: string | undefined;
  readonly organization?: string | undefined;
  /** The tier that knew the token. */
  readonly source?: string | undefined;
  /** The method that a browser's pre-flight asks about. */
  readonly preflight?: string | undefined;
  /** The page's, of a pre-flight or of what was refused for it. */
  readonly origin?: string | undefined;
  readonly durationMs: number;
  readonly authMs?: number | undefined;
  readonly upstreamMs?: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly remoteAddress: string;
}

export interface AccessLog {
  /** Hands lines over in one piece: a write a line costs more than the line. */
  write(records: readonly AccessRecord[]): void;
}

const pathCharactersMax = 1024;

/** One JSON line a request, in the shape of the other log lines. */
export function createAccessLog(output: { write(text: string): unknown }): AccessLog {
  return {
    write(records) {
      let text = '';
      for (const record of records) text += accessLine(record);
      output.write(text);
    },
  };
}

/** Written by hand because it is on the path of every request; only what a client can choose needs escaping. */
function accessLine(record: AccessRecord): string {
  return (
    `{"level":30,"time":${record.time},"request_id":"${record.requestId}"` +
    `,"method":${quote(record.method)},"host":${quote(record.host)},"path":${quote(record.path)}` +
    `,"status":${record.status}` +
    optional('code', record.code) +
    optional('decision', record.decision) +
    optional('reason', record.reason) +
    optional('route', record.route) +
    `,"revision":"${record.revision}"` +
    optional('token_id', record.tokenId) +
    optional('subject', record.subject) +
    optional('actor', record.actor) +
    optional('assume_token', record.assumeToken) +
    optional('organization', record.organization) +
    optional('source', record.source) +
    (record.preflight === undefined ? '' : `,"preflight":${quote(record.preflight)}`) +
    (record.origin === undefined ? '' : `,"origin":${quote(record.origin)}`) +
    `,"duration_ms":${rounded(record.durationMs)}` +
    (record.authMs === undefined ? '' : `,"auth_ms":${rounded(record.authMs)}`) +
    (record.upstreamMs === undefined ? '' : `,"upstream_ms":${rounded(record.upstreamMs)}`) +
    (record.oneIn === undefined ? '' : `,"one_in":${record.oneIn}`) +
    `,"bytes_in":${record.bytesIn},"bytes_out":${record.bytesOut}` +
    `,"remote_address":${quote(record.remoteAddress)},"msg":"request"}\n`
  );
}

/** Route names come from gateway.yaml and ids from the store, both of plain characters. */
function optional(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":"${value}"`;
}

const plain = /^[\w!#$&'()*+,./:;=?@[\]~-]*$/;
const tokenLike = /_(?:pat|asu|ses|acc|enr)_|[0-9A-Za-z]{46}/;

function quote(text: string): string {
  if (text.length <= pathCharactersMax && plain.test(text) && !tokenLike.test(text)) return `"${text}"`;
  const cut = text.length > pathCharactersMax ? `${text.slice(0, pathCharactersMax)}...` : text;
  return maskText(JSON.stringify(cut));
}

/** Milliseconds with three digits, put together from whole numbers: writing out a fraction costs ten times as much. */
function rounded(milliseconds: number): string {
  const microseconds = Math.max(0, Math.round(milliseconds * 1000));
  const whole = Math.trunc(microseconds / 1000);
  const rest = microseconds - whole * 1000;
  return `${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}
