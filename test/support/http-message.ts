/** An HTTP/1 message as its bytes say, nothing merged, reordered or respelled. */
export interface HttpMessage {
  readonly startLine: string;
  /** Name and value of each header line, in order and spelling. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close';
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

/** How much of a message has arrived. */
export type Arrival =
  | { readonly kind: 'complete'; readonly message: HttpMessage; readonly rest: string }
  | { readonly kind: 'partial' };

const partial: Arrival = { kind: 'partial' };

export interface ReadOptions {
  /** The method of the request that is answered: an answer to HEAD has no body. */
  readonly answerTo?: string;
  /** The connection has ended: a body without framing is complete. */
  readonly ended?: boolean;
}

/**
 * Reads the first message of `text` (one character a byte).
 * @throws when its framing makes no sense
 */
export function readMessage(text: string, options: ReadOptions = {}): Arrival {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return partial;
  const [startLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const fields = lines.map(readField);
  const head = { startLine, fields };
  const after = text.slice(headEnd + 4);
  const isAnswer = startLine.startsWith('HTTP/');
  if (isAnswer && (options.answerTo === 'HEAD' || /^HTTP\/1\.[01] (?:1..|204|304)/.test(startLine))) {
    return { kind: 'complete', message: { ...head, body: '', framing: 'none', trailers: [] }, rest: after };
  }
  if (/chunked/i.test(valueOf(fields, 'transfer-encoding') ?? '')) return readChunks(head, after);
  const length = valueOf(fields, 'content-length');
  if (length !== undefined) return readLength(head, after, Number(length));
  if (!isAnswer)
    return { kind: 'complete', message: { ...head, body: '', framing: 'none', trailers: [] }, rest: after };
  if (options.ended !== true) return partial;
  return { kind: 'complete', message: { ...head, body: after, framing: 'until-close', trailers: [] }, rest: '' };
}

type Head = Pick<HttpMessage, 'startLine' | 'fields'>;

function readLength(head: Head, after: string, length: number): Arrival {
  if (after.length < length) return partial;
  const message = { ...head, body: after.slice(0, length), framing: 'length' as const, trailers: [] };
  return { kind: 'complete', message, rest: after.slice(length) };
}

function readChunks(head: Head, after: string): Arrival {
  const pieces: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = after.indexOf('\r\n', at);
    if (lineEnd === -1) return partial;
    const size = /^[0-9a-f]+/i.exec(after.slice(at, lineEnd))?.[0];
    if (size === undefined) throw new Error(`no chunk size at ${JSON.stringify(after.slice(at, at + 20))}`);
    at = lineEnd + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    if (after.length < at + length + 2) return partial;
    pieces.push(after.slice(at, at + length));
    at += length + 2;
  }
  const trailers: (readonly [string, string])[] = [];
  for (;;) {
    const lineEnd = after.indexOf('\r\n', at);
    if (lineEnd === -1) return partial;
    const line = after.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === '') break;
    trailers.push(readField(line));
  }
  const message = { ...head, body: pieces.join(''), framing: 'chunked' as const, trailers };
  return { kind: 'complete', message, rest: after.slice(at) };
}

function readField(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function valueOf(fields: HttpMessage['fields'], name: string): string | undefined {
  return fields.find(([field]) => field.toLowerCase() === name)?.[1];
}

/** Every value of a header, in any spelling. */
export function valuesOf(message: HttpMessage, name: string): string[] {
  return message.fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** The only value of a header; undefined when it is not there. */
export function only(message: HttpMessage, name: string): string | undefined {
  const values = valuesOf(message, name);
  if (values.length > 1) throw new Error(`${name} stands ${values.length} times: ${values.join(' | ')}`);
  return values[0];
}

/** The header lines that are not of the given names, as `Name: value`. */
export function linesWithout(message: HttpMessage, names: Iterable<string>): string[] {
  const left = new Set([...names].map((name) => name.toLowerCase()));
  return message.fields.filter(([name]) => !left.has(name.toLowerCase())).map(([name, value]) => `${name}: ${value}`);
}

/** The status of an answer. */
export function statusOf(message: HttpMessage): number {
  return Number(message.startLine.split(' ')[1]);
}
