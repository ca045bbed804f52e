import type { MiddlewareHandler } from 'hono';
import type { AdminEnv } from '../context.ts';
import { parseStrictJson } from './strict-json.ts';
import { refuse, type Refusal } from './problem-response.ts';

const bodyBytesMax = 1024 * 1024;

/** The media type alone or with parameters (RFC 9110, section 8.3.1); a page of another site cannot send it unasked. */
const jsonMediaType =
  /^application\/json(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[^"\\]*"))*[ \t]*$/i;

type BodyRefusal = Refusal<'validation_failed' | 'unsupported_media_type' | 'body_too_large'>;

/** Reads a JSON body of at most 1 MiB, counted as it arrives, and leaves its text to the schema's validator. */
export const jsonBody: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const contentType = c.req.header('content-type') ?? '';
  if (!jsonMediaType.test(contentType)) {
    return refuse(c, {
      code: 'unsupported_media_type',
      detail: 'The body must be JSON, sent with "Content-Type: application/json".',
    });
  }
  const read = await readText(c.req.raw, Number(c.req.header('content-length') ?? 0));
  if (read.kind === 'refused') return refuse(c, read.problem);
  const json = parseStrictJson(read.text);
  if (json.kind === 'wrong') return refuse(c, bodyProblem(json.pointer, json.detail));
  // The validator behind reads the body again, and has a narrower grammar for the media type than RFC 9110.
  const headers = new Headers(c.req.raw.headers);
  headers.set('content-type', 'application/json');
  c.req.raw = new Request(c.req.url, { method: c.req.method, headers, body: read.text });
  return next();
};

/** The same where the body may be left out. */
export const optionalJsonBody: MiddlewareHandler<AdminEnv> = (c, next) => {
  const length = c.req.header('content-length') ?? '0';
  const isEmpty = length === '0' && c.req.header('transfer-encoding') === undefined;
  return isEmpty && c.req.header('content-type') === undefined ? next() : jsonBody(c, next);
};

type ReadText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly problem: BodyRefusal };

async function readText(request: Request, announcedBytes: number): Promise<ReadText> {
  if (announcedBytes > bodyBytesMax) return tooLarge;
  const body: AsyncIterable<Uint8Array> | null = request.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bodyBytesMax) return tooLarge;
      chunks.push(chunk);
    }
  } catch {
    return { kind: 'refused', problem: bodyProblem('', 'ended before it was complete') };
  }
  return decode(Buffer.concat(chunks));
}

function decode(bytes: Uint8Array): ReadText {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { kind: 'refused', problem: bodyProblem('', 'is not UTF-8') };
  }
}

const tooLarge: ReadText = {
  kind: 'refused',
  problem: { code: 'body_too_large', detail: 'The body may have at most 1 MiB (1048576 bytes).' },
};

function bodyProblem(pointer: string, fault: string): Refusal<'validation_failed'> {
  const place = pointer === '' ? 'The body' : `The field ${pointer}`;
  return { code: 'validation_failed', detail: `${place} ${fault}.`, errors: [{ pointer, detail: fault }] };
}
