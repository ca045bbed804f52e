/** An honest request and an honest answer to it. */
export interface OrdinaryCase {
  readonly number: number;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly isChunked: boolean;
  /** The bytes of the answer; without framing it ends with the connection. */
  readonly answer: string;
  readonly endsConnection: boolean;
}

type Draw = (below: number) => number;

/** Mulberry32: the same numbers for the same seed, on every machine. */
function drawing(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Draws as many cases as asked for; the same for the same seed. */
export function ordinaryCases(seed: number, amount: number): OrdinaryCase[] {
  const draw = drawing(seed);
  return Array.from({ length: amount }, (_, number) => ordinaryCase(number, draw));
}

const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const;
const segments = [
  'api',
  'devices',
  'v2',
  'a-b_c~d',
  '42',
  'caf%C3%A9',
  'with%20space',
  'a+b',
  '(x)',
  '@me',
  'a:b',
  'x=1,y=2',
];
const queries = ['', '', '?', '?a=1', '?a=1&a=2&b', '?q=%20+%2F%3f', '?x[]=1&redirect=http://h/p?q', '?%E2%82%AC=1'];
const requestFields = [
  'Accept: text/html, */*;q=0.1',
  'Accept: application/json',
  'Accept-Encoding: gzip, br',
  'Accept-Language: de, en;q=0.5',
  'Cache-Control: no-cache',
  'Cookie: a=1; b="x y"',
  'Cookie: c=3',
  'User-Agent: curl/8.5.0',
  'If-None-Match: "abc", W/"def"',
  'If-Modified-Since: Sat, 01 Aug 2026 10:00:00 GMT',
  'Range: bytes=0-99,200-',
  'Origin: https://app.example',
  'Referer: https://app.example/?a=b',
  'X-Requested-With: XMLHttpRequest',
  'X-Long: '.padEnd(3000, 'x'),
  'X-Empty:',
  'X-Latin: caf\xe9',
  'X-Many: 1',
  'X-Many: 2',
  'Idempotency-Key: 8e03978e-40d5-43dd-bc93-6894a57f9324',
  'Sec-Fetch-Mode: cors',
  'DNT: 1',
  'Pragma: no-cache',
  'Priority: u=1, i',
] as const;
const statuses = [
  '200 OK',
  '200 OK',
  '200 OK',
  '201 Created',
  '202 Accepted',
  '204 No Content',
  '206 Partial Content',
  '301 Moved Permanently',
  '302 Found',
  '304 Not Modified',
  '307 Temporary Redirect',
  '400 Bad Request',
  '401 Unauthorized',
  '403 Forbidden',
  '404 Not Found',
  '409 Conflict',
  '410 Gone',
  '422 Unprocessable Content',
  '429 Too Many Requests',
  '500 Internal Server Error',
  '503 Service Unavailable',
  '299 Home-made',
] as const;
const answerFields = [
  'Content-Type: text/html; charset=utf-8',
  'Content-Type: application/json',
  'Set-Cookie: a=1; Path=/; HttpOnly; SameSite=Lax',
  'Set-Cookie: b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
  'ETag: W/"33a64df5"',
  'Last-Modified: Sat, 01 Aug 2026 10:00:00 GMT',
  'Cache-Control: max-age=60, stale-while-revalidate=30',
  'Vary: Accept-Encoding, Origin',
  'Location: https://elsewhere.example/x?y=z#top',
  'Location: /relative/path',
  'Content-Encoding: gzip',
  'Content-Disposition: attachment; filename="x.csv"',
  'Content-Range: bytes 0-9/100',
  'WWW-Authenticate: Basic realm="upstream"',
  'Retry-After: 120',
  'Server: home-made/1.0',
  'X-Frame-Options: DENY',
  'Strict-Transport-Security: max-age=1',
  'Link: </next>; rel="next"',
  'X-Empty:',
  'X-Latin: \xfcber',
  'Access-Control-Allow-Origin: *',
  'Allow: GET, HEAD',
  'Accept-Ranges: bytes',
] as const;
const bodySizes = [0, 1, 17, 1000, 4096, 16_384, 65_536, 100_000];

function ordinaryCase(number: number, draw: Draw): OrdinaryCase {
  const method = pick(methods, draw);
  const target =
    `/${some(segments, 4, draw).join('/')}${draw(4) === 0 ? '/' : ''}`.replace('//', '/') + pick(queries, draw);
  // A body is ordinary where the method usually has one; the others are among the hostile cases.
  const mayHaveBody = ['POST', 'PUT', 'PATCH', 'PROPFIND'].includes(method);
  const body = mayHaveBody ? bytes(pick(bodySizes, draw), draw) : '';
  const isChunked = body !== '' && draw(2) === 0;
  const status = pick(statuses, draw);
  const hasNoBody = method === 'HEAD' || /^(?:204|304)/.test(status);
  const content = hasNoBody ? '' : bytes(pick(bodySizes, draw), draw);
  const framing = pick(['length', 'length', 'chunked', 'close'] as const, draw);
  return {
    number,
    method,
    target,
    fields: distinct(some(requestFields, 9, draw)),
    body,
    isChunked,
    answer: answer({ status, content, framing: hasNoBody ? 'none' : framing, isHead: method === 'HEAD' }, draw),
    endsConnection: framing === 'close' && !hasNoBody,
  };
}

interface AnswerShape {
  readonly status: string;
  readonly content: string;
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  readonly isHead: boolean;
}

function answer({ status, content, framing, isHead }: AnswerShape, draw: Draw): string {
  const head = [`HTTP/1.1 ${status}`, 'Date: Sat, 01 Aug 2026 10:00:00 GMT', ...distinct(some(answerFields, 8, draw))];
  switch (framing) {
    case 'none':
      return [...head, ...(isHead ? ['Content-Length: 1234'] : []), '', ''].join('\r\n');
    case 'length':
      return [...head, `Content-Length: ${content.length}`, '', content].join('\r\n');
    case 'chunked':
      return [...head, 'Transfer-Encoding: chunked', '', chunks(content, 1 + draw(20_000))].join('\r\n');
    case 'close':
      return [...head, 'Connection: close', '', content].join('\r\n');
  }
}

/** A body in chunks of a size. */
export function chunks(body: string, size: number): string {
  const pieces: string[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    pieces.push(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  }
  return `${pieces.join('')}0\r\n\r\n`;
}

function pick<Item>(items: readonly Item[], draw: Draw): Item {
  const item = items[draw(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function some<Item>(items: readonly Item[], atMost: number, draw: Draw): Item[] {
  return Array.from({ length: draw(atMost + 1) }, () => pick(items, draw));
}

/** Without fields that may stand once only and stand twice: lists and cookies may. */
function distinct(fields: readonly string[]): string[] {
  const lists = /^(?:accept|cookie|set-cookie|x-many)$/i;
  const seen = new Set<string>();
  return fields.filter((field) => {
    const name = field.slice(0, field.indexOf(':')).toLowerCase();
    if (lists.test(name)) return true;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}

function bytes(length: number, draw: Draw): string {
  const unit = Array.from({ length: 251 }, () => String.fromCharCode(draw(256))).join('');
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
