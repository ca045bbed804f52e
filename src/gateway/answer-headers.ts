import { foldHeaderName, hopByHopHeaders, isReservedAnswerHeader } from '../core/reserved-headers.ts';
import type { Route } from '../core/route.ts';
import { exposedHead } from './browser.ts';
import { isConsoleCookie } from './console-cookie.ts';
import { changed, viaValue } from './identity-headers.ts';

/** An answer's head as the client gets it, or why the upstream's head is not acceptable. */
export type AnswerHead =
  | { readonly kind: 'head'; readonly headers: string[] }
  | { readonly kind: 'invalid'; readonly detail: string };

const validValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Takes out of an upstream's answer what belongs to the connection, what `Connection` names, and what would speak in
 * the gateway's name.
 * @param raw name, value, name, value as latin-1 bytes
 * @param added lines of the gateway's own
 */
export function answerHead(status: number, raw: readonly Buffer[], route: Route, added: readonly string[]): AnswerHead {
  const lines: string[] = [];
  let connection = '';
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1') ?? '';
    const value = raw[at + 1]?.toString('latin1') ?? '';
    if (!validValue.test(value))
      return { kind: 'invalid', detail: `the header ${name} of the answer holds a control character` };
    const lower = name.toLowerCase();
    if (lower === 'connection') connection += `,${value}`;
    // Chunks end here; a client could not undo what it does not learn of (RFC 9112, section 6.1).
    else if (lower === 'transfer-encoding' && !/^chunked$/i.test(value))
      return { kind: 'invalid', detail: 'the answer has another transfer coding than "chunked"' };
    // RFC 9110, section 8.6: these state no length.
    else if (lower === 'content-length' && (status < 200 || status === 204)) continue;
    else if (isForwardable(lower, value)) lines.push(name, value);
  }
  const kept = changed(withoutNominated(lines, connection), route.responseHeaders);
  const own = ['via', viaValue, ...added];
  return { kind: 'head', headers: route.exposedTo === undefined ? [...kept, ...own] : exposedHead(kept, own) };
}

function withoutNominated(lines: string[], connection: string): string[] {
  // What nearly every upstream sends names nothing that could be taken away.
  if (connection === '' || connection === ',keep-alive' || connection === ',close') return lines;
  const nominated = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const dangerous = nominated.filter((name) => name !== '' && name !== 'close' && name !== 'keep-alive');
  if (dangerous.length === 0) return lines;
  const gone = new Set(dangerous);
  return lines.filter((_, at) => !gone.has((lines[at - (at % 2)] ?? '').toLowerCase()));
}

function isForwardable(lower: string, value: string): boolean {
  if (hopByHopHeaders.has(lower) || lower === 'x-request-id') return false;
  if (lower.startsWith('x') && isReservedAnswerHeader(foldHeaderName(lower))) return false;
  return lower !== 'set-cookie' || !isConsoleCookie(value);
}
