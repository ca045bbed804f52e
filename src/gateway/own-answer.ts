import type { ServerResponse } from 'node:http';
import { keySetMaxAgeMs } from '../core/signing-key.ts';
import type { OwnAnswer } from './own-endpoints.ts';

interface OwnAnswerContext {
  readonly isHead: boolean;
  readonly requestId: string;
  /** Until when a user is assumed, where one is (RFC 3339). */
  readonly until: string | undefined;
}

/** Writes an answer of the gateway itself that is no problem. */
export function writeOwnAnswer(
  res: ServerResponse,
  answer: Exclude<OwnAnswer, { kind: 'problem' }>,
  { isHead, requestId, until }: OwnAnswerContext,
): void {
  const id = { 'x-request-id': requestId };
  if (answer.kind === 'json') {
    const assumed = until === undefined ? {} : { 'x-auth-assumed-until': until };
    const text = `${JSON.stringify(answer.body)}\n`;
    const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    res.writeHead(answer.status ?? 200, { ...type, 'cache-control': 'no-store', ...id, ...assumed });
    res.end(isHead ? undefined : text);
    return;
  }
  const caching = { 'cache-control': `public, max-age=${keySetMaxAgeMs / 1000}`, etag: answer.etag };
  if (answer.isKnown) {
    res.writeHead(304, { ...caching, ...id });
    res.end();
    return;
  }
  const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer.text) };
  res.writeHead(200, { ...type, ...caching, ...id });
  res.end(isHead ? undefined : answer.text);
}
