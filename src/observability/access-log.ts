import type { Clock } from '../lib/clock.ts';
import { maskText } from './mask.ts';

/** What is written about one request of the data plane. */
export interface AccessRecord {
  readonly requestId: string;
  readonly method: string;
  readonly host: string;
  /** As it was sent; token-like text in it is masked here. */
  readonly path: string;
  readonly status: number;
  /** The problem code, where the gateway answered for itself. */
  readonly code?: string | undefined;
  readonly route?: string | undefined;
  readonly revision: string;
  readonly tokenId?: string | undefined;
  /** User ids. */
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  readonly organization?: string | undefined;
  /** The tier that knew the token. */
  readonly source?: string | undefined;
  readonly durationMs: number;
  readonly authMs?: number | undefined;
  readonly upstreamMs?: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly remoteAddress: string;
}

export interface AccessLog {
  write(record: AccessRecord): void;
  /** Hands over what is still held back. */
  flush(): void;
}

export interface AccessLogOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly output: { write(text: string): unknown };
}

const heldCharactersMax = 64 * 1024;
const heldMs = 100;
const pathCharactersMax = 1024;

/**
 * One JSON line a request, in the shape of the other log lines. Lines are handed over in bundles, at the latest 100 ms
 * after they were written: a write a line costs more than the line.
 */
export function createAccessLog({ clock, output }: AccessLogOptions): AccessLog {
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held === '') return;
    const text = held;
    held = '';
    output.write(text);
  };
  const write = (record: AccessRecord): void => {
    held += accessLine(record, clock.now());
    if (held.length >= heldCharactersMax) flush();
    else timer ??= setTimeout(flush, heldMs);
  };
  return { write, flush };
}

/** Written by hand because it is on the path of every request; only what a client can choose needs escaping. */
function accessLine(record: AccessRecord, nowMs: number): string {
  return (
    `{"level":30,"time":${nowMs},"request_id":"${record.requestId}"` +
    `,"method":${quote(record.method)},"host":${quote(record.host)},"path":${quote(record.path)}` +
    `,"status":${record.status}` +
    optional('code', record.code) +
    optional('route', record.route) +
    `,"revision":"${record.revision}"` +
    optional('token_id', record.tokenId) +
    optional('subject', record.subject) +
    optional('actor', record.actor) +
    optional('organization', record.organization) +
    optional('source', record.source) +
    `,"duration_ms":${rounded(record.durationMs)}` +
    (record.authMs === undefined ? '' : `,"auth_ms":${rounded(record.authMs)}`) +
    (record.upstreamMs === undefined ? '' : `,"upstream_ms":${rounded(record.upstreamMs)}`) +
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
