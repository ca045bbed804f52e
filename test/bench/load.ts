/** What one sample of load asks of the load generator. */
export interface Load {
  readonly port: number;
  /** The whole request as it travels, one character a byte. */
  readonly request: string;
  /** Connections that each send a request, wait for its whole answer, and send the next. */
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadResult {
  /** Answers that came whole; another status than 200 or a body cut short fails the load instead. */
  readonly requests: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type LoadAnswer = { readonly result: LoadResult } | { readonly failure: string };

/** The requests that are measured: what an ordinary API client sends. */
export const requestShapes = ['get', 'post'] as const;
export type RequestShape = (typeof requestShapes)[number];

const target = '/api/devices/42?expand=site';
const clientHeaders = [
  'Host: api.example.com',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: application/json',
  'Accept-Language: en-GB,en;q=0.8',
  'Accept-Encoding: gzip, deflate, br',
  'Referer: https://app.example.com/devices',
  'Cookie: theme=dark; locale=en',
  'Cache-Control: no-cache',
  'Sec-Fetch-Mode: cors',
  'Sec-Fetch-Site: same-site',
];

/** GET with ten ordinary fields and a bearer token, or the same as POST with 10 KiB of JSON. */
export function requestText(shape: RequestShape, token: string, headers: readonly string[] = []): string {
  const fields = [...clientHeaders, `Authorization: Bearer ${token}`, ...headers];
  if (shape === 'get') return `GET ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
  const body = JSON.stringify({ note: 'x'.repeat(10 * 1024 - '{"note":""}'.length) });
  fields.push('Content-Type: application/json', `Content-Length: ${body.length}`);
  return `POST ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`;
}
