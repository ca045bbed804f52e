/** What could be seen of one case from outside. */
export interface Outcome {
  /** The statuses the client got, in order. */
  readonly statuses: readonly number[];
  /** The request lines of what the upstream took for requests. */
  readonly requests: readonly string[];
  /** Header lines and trailers at the upstream that carry the word `root`, which every forged value does. */
  readonly forged: readonly string[];
  /** Whether the upstream was told the right identity with every request. */
  readonly identified: boolean;
  /** Whether the connection on the other side of what happens last was closed within a second. */
  readonly ends: boolean;
  readonly lives: boolean;
}

export interface Side {
  /** In words, for people. */
  readonly does: string;
  readonly seen: Partial<Outcome>;
}

/** Something a client or an upstream may do on which http-proxy 1.18.1 and the gateway differ. */
export interface HostileCase {
  readonly what: string;
  /** The bytes a client sends. */
  readonly sends: string;
  /** The bytes the upstream answers each request with; `200 OK` unless given. */
  readonly answer?: string;
  /** What happens once the answer has begun, and whether the other side is told is `ends`. */
  readonly finally?: 'client resets' | 'upstream ends';
  readonly httpProxy: Side;
  readonly wayleave: Side;
}

const host = 'Host: api.example';
const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const get = (...fields: string[]): string => head('GET /a HTTP/1.1', host, ...fields);
const target = (path: string): string => head(`GET ${path} HTTP/1.1`, host);
const smuggled = head('GET /admin HTTP/1.1', host, 'X-Auth-User: root');
const chunkedSmuggling = (method: string): string =>
  `${head(`${method} /a HTTP/1.1`, host, 'Transfer-Encoding: chunked')}${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
const webSocket = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
const upgrade = (...fields: string[]): string => get(...webSocket, ...fields);
const switching = head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket');
const halfLength = `${head('HTTP/1.1 200 OK', 'Content-Length: 10')}hello`;
const halfChunked = `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`;
const empty = (...lines: string[]): string => head(...lines, 'Content-Length: 0');

const forwardsPath = (path: string): Side => ({
  does: 'forwards it as it came',
  seen: { statuses: [200], requests: [`GET ${path} HTTP/1.1`] },
});
const refuses = (status: number): Side => ({
  does: `refuses it with ${status}`,
  seen: { statuses: [status], requests: [] },
});
const dropsIt: Side = { does: 'takes it out', seen: { statuses: [200], forged: [], identified: true } };
const reaches = (line: string): Side => ({
  does: 'hands it to the upstream',
  seen: { statuses: [200], forged: [line] },
});

/** The list that the README quotes. Each line was tried, and is tried again by every test run. */
export const hostileCases: readonly HostileCase[] = [
  ...['DELETE', 'OPTIONS'].map((method) => ({
    what: `a chunked ${method} whose body is a request`,
    sends: chunkedSmuggling(method),
    httpProxy: {
      does: 'makes a second request of the body, with an identity of its choice',
      seen: { requests: [`${method} /a HTTP/1.1`, 'GET /admin HTTP/1.1'], forged: ['x-auth-user: root'] },
    },
    wayleave: {
      does: 'forwards one request with its body',
      seen: { statuses: [200], requests: [`${method} /a HTTP/1.1`], forged: [], identified: true },
    },
  })),
  {
    what: '`Trailer` on a request without a body',
    sends: get('Trailer: x'),
    httpProxy: { does: 'ends: the process dies of an uncaught exception', seen: { statuses: [], lives: false } },
    wayleave: dropsIt,
  },
  {
    what: '`Trailer` on an upgrade',
    sends: upgrade('Trailer: x'),
    answer: switching,
    httpProxy: { does: 'ends: the process dies of an uncaught exception', seen: { statuses: [], lives: false } },
    wayleave: { does: 'takes it out', seen: { statuses: [101], identified: true } },
  },
  {
    what: 'an upstream that answers with status 099',
    sends: get(),
    answer: empty('HTTP/1.1 099 Low'),
    httpProxy: { does: 'ends: the process dies of an uncaught exception', seen: { statuses: [], lives: false } },
    wayleave: { does: 'answers 502', seen: { statuses: [502] } },
  },
  {
    what: 'an upstream that answers with status 999',
    sends: get(),
    answer: empty('HTTP/1.1 999 High'),
    httpProxy: { does: 'relays it', seen: { statuses: [999] } },
    wayleave: { does: 'answers 502', seen: { statuses: [502] } },
  },
  {
    what: '`Expect: 100-continue` with a forged identity',
    sends: `${head('POST /a HTTP/1.1', host, 'X-Auth-User: root', 'Expect: 100-continue', 'Content-Length: 2')}hi`,
    httpProxy: {
      does: 'skips the event in which identity is set; the forged one reaches the upstream',
      seen: { forged: ['x-auth-user: root'], identified: false },
    },
    wayleave: dropsIt,
  },
  {
    what: 'an identity header with an underscore',
    sends: get('X_Auth_User: root'),
    httpProxy: reaches('x_auth_user: root'),
    wayleave: dropsIt,
  },
  {
    what: 'an identity header with dots',
    sends: get('X.Auth.User: root'),
    httpProxy: reaches('x.auth.user: root'),
    wayleave: dropsIt,
  },
  {
    what: '`Connection` naming the identity header',
    sends: get('Connection: keep-alive, X-Auth-User, root'),
    httpProxy: {
      does: 'sends the list along, so that the next hop takes the identity out',
      seen: { forged: ['connection: keep-alive, X-Auth-User, root'] },
    },
    wayleave: { does: 'writes a Connection of its own', seen: { statuses: [200], forged: [], identified: true } },
  },
  {
    what: 'a header that `Connection` names',
    sends: get('Connection: close, X-Hop', 'X-Hop: root'),
    httpProxy: reaches('x-hop: root'),
    wayleave: dropsIt,
  },
  {
    what: 'a forged header in the trailers of a chunked body',
    sends: `${head('POST /a HTTP/1.1', host, 'Transfer-Encoding: chunked', 'Trailer: X-Root')}2\r\nhi\r\n0\r\nX-Root: root\r\n\r\n`,
    httpProxy: { does: 'announces the trailers, and does not send them', seen: { forged: ['trailer: X-Root'] } },
    wayleave: dropsIt,
  },
  ...(
    [
      ['X-Forwarded-For', 'a forged client address'],
      ['X-Real-IP', 'a forged client address'],
      ['Forwarded', 'a forged client address'],
      ['X-Original-URL', 'another path in a header'],
      ['X-HTTP-Method-Override', 'another method in a header'],
      ['X-Forwarded-User', 'an identity header of another convention'],
    ] as const
  ).map(([name, what]) => ({
    what: `${what} (\`${name}\`)`,
    sends: get(`${name}: root`),
    httpProxy: reaches(`${name.toLowerCase()}: root`),
    wayleave: dropsIt,
  })),
  {
    what: 'the credential for the proxy (`Proxy-Authorization`)',
    sends: get('Proxy-Authorization: Basic root'),
    httpProxy: reaches('proxy-authorization: Basic root'),
    wayleave: dropsIt,
  },
  {
    what: 'two `Host` headers',
    sends: get('Host: root.example'),
    httpProxy: { does: 'takes the first', seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: 'a `Host` that is no name',
    sends: head('GET /a HTTP/1.1', 'Host: a b, c'),
    httpProxy: { does: 'forwards it', seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: 'two credentials',
    sends: get('Authorization: Bearer one', 'Authorization: Bearer two'),
    httpProxy: { does: 'takes the first', seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: '`Transfer-Encoding: gzip, chunked`',
    sends: `${head('POST /a HTTP/1.1', host, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    httpProxy: { does: 'forwards it', seen: { statuses: [200], requests: ['POST /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: '`Transfer-Encoding: ,chunked`',
    sends: `${head('POST /a HTTP/1.1', host, 'Transfer-Encoding: ,chunked')}0\r\n\r\n`,
    httpProxy: { does: 'forwards it', seen: { statuses: [200], requests: ['POST /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: 'chunks in HTTP/1.0',
    sends: `${head('POST /a HTTP/1.0', host, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    httpProxy: { does: 'forwards it', seen: { statuses: [200], requests: ['POST /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: 'HTTP/2.0 as the version of an HTTP/1 request',
    sends: head('GET /a HTTP/2.0', host),
    httpProxy: { does: 'forwards it as HTTP/1.1', seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: 'more than a thousand header fields before a credential',
    sends: get(...Array.from({ length: 2400 }, () => 'a: b'), 'X-Auth-User: root', 'Authorization: Bearer t'),
    httpProxy: {
      does: 'loses the last ones without a word, the credential among them',
      seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] },
    },
    wayleave: refuses(431),
  },
  ...(
    [
      ['a dot segment', '/public/../admin'],
      ['an encoded dot segment', '/public/%2e%2e/admin'],
      ['a doubly encoded dot segment', '/public/%252e%252e%252fadmin'],
      ['an encoded slash', '/public%2Fadmin'],
      ['parameters before a dot segment', '/public/..;/admin'],
      ['NUL in the path', '/public/%00'],
      ['bytes that are no UTF-8', '/public/%ff'],
    ] as const
  ).map(([what, path]) => ({
    what: `${what} (\`${path}\`)`,
    sends: target(path),
    httpProxy: forwardsPath(path),
    wayleave: refuses(400),
  })),
  {
    what: 'an empty segment in the path (`/public//admin`)',
    sends: target('/public//admin'),
    httpProxy: {
      does: 'makes one slash of two: what was checked is not what is sent',
      seen: { statuses: [200], requests: ['GET /public/admin HTTP/1.1'] },
    },
    wayleave: refuses(400),
  },
  {
    what: 'a backslash in the path',
    sends: target('/public\\..\\admin'),
    httpProxy: {
      does: 'makes slashes of it: what was checked is not what is sent',
      seen: { statuses: [200], requests: ['GET /public/../admin HTTP/1.1'] },
    },
    wayleave: refuses(400),
  },
  {
    what: 'an absolute target (`http://root.example/a`)',
    sends: target('http://root.example/a'),
    httpProxy: { does: 'forwards its path', seen: { statuses: [200], requests: ['GET /a HTTP/1.1'] } },
    wayleave: refuses(400),
  },
  {
    what: "an apostrophe in the path (`/it's/@me`), which is honest",
    sends: target("/it's/@me"),
    httpProxy: { does: 'respells it', seen: { statuses: [200], requests: ['GET /it%27s/@me HTTP/1.1'] } },
    wayleave: { does: 'forwards it as it came', seen: { statuses: [200], requests: ["GET /it's/@me HTTP/1.1"] } },
  },
  {
    what: 'a client that leaves in the middle of an answer',
    sends: get(),
    answer: halfChunked,
    finally: 'client resets',
    httpProxy: { does: 'leaves the upstream working for nobody', seen: { ends: false } },
    wayleave: { does: 'ends the upstream request within a second', seen: { ends: true } },
  },
  {
    what: 'an upstream that dies in the middle of an answer of known length',
    sends: get(),
    answer: halfLength,
    finally: 'upstream ends',
    httpProxy: { does: 'leaves the client waiting', seen: { ends: false } },
    wayleave: { does: 'cuts the client off within a second', seen: { ends: true } },
  },
  {
    what: 'an upstream that dies in the middle of a chunked answer',
    sends: get(),
    answer: halfChunked,
    finally: 'upstream ends',
    httpProxy: { does: 'leaves the client waiting', seen: { ends: false } },
    wayleave: { does: 'cuts the client off within a second', seen: { ends: true } },
  },
  {
    what: 'an upstream that switches protocols unasked',
    sends: get(),
    answer: switching,
    httpProxy: { does: 'leaves the client waiting', seen: { statuses: [] } },
    wayleave: { does: 'answers 502', seen: { statuses: [502] } },
  },
  {
    what: 'an upstream that switches to another protocol than the one asked for',
    sends: upgrade(),
    answer: head('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: other'),
    httpProxy: { does: 'relays it', seen: { statuses: [101] } },
    wayleave: { does: 'answers 502', seen: { statuses: [502] } },
  },
  {
    what: 'an identity header with an underscore on an upgrade',
    sends: upgrade('X_Auth_User: root'),
    answer: switching,
    httpProxy: { does: 'hands it to the upstream', seen: { statuses: [101], forged: ['x_auth_user: root'] } },
    wayleave: { does: 'takes it out', seen: { statuses: [101], forged: [], identified: true } },
  },
  {
    what: 'an upgrade to HTTP/2',
    sends: get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'),
    httpProxy: { does: 'closes the connection', seen: { statuses: [], requests: [] } },
    wayleave: { does: 'takes it as the plain request that it is', seen: { statuses: [200], identified: true } },
  },
  {
    what: '`CONNECT`',
    sends: head('CONNECT root.example:80 HTTP/1.1', 'Host: root.example:80'),
    httpProxy: { does: 'closes the connection without a word', seen: { statuses: [], requests: [] } },
    wayleave: refuses(405),
  },
];
