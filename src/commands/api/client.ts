import { z } from 'zod';

const answerTimeoutMs = 30_000;
const answerBytesMax = 16 * 1024 * 1024;

/** What the admin API says when it refuses (RFC 9457), as far as a person is told. */
export const problemShape = z.looseObject({
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  code: z.string().optional(),
  request_id: z.string().optional(),
  existing_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
});
export type ProblemAnswer = z.infer<typeof problemShape>;

/** Why there is no answer to work with. */
export type Failure =
  | { readonly kind: 'problem'; readonly problem: ProblemAnswer }
  | { readonly kind: 'unreachable'; readonly server: string; readonly reason: string }
  | { readonly kind: 'not_wayleave'; readonly server: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly message: string };

export type Answer<Body> =
  | { readonly kind: 'answer'; readonly body: Body }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path segments below `/api/v1`; each is percent-encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** Calls the admin API of one server with one token, or with none where a call asks for none. */
export class ApiClient {
  readonly server: string;
  readonly #token: string | undefined;

  /** @param server the origin of the admin listener, such as `http://127.0.0.1:8081` */
  constructor(server: string, token?: string) {
    this.server = server;
    this.#token = token;
  }

  /** Makes a call and checks the answer against `shape`. Fails as a value; throws for faults of this program alone. */
  async call<Body>(call: ApiCall, shape: z.ZodType<Body>): Promise<Answer<Body>> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url(call), {
        method: call.method,
        redirect: 'error',
        signal: AbortSignal.timeout(answerTimeoutMs),
        headers: {
          accept: 'application/json',
          ...this.#authorization(),
          ...(call.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      });
      text = await readBounded(response);
    } catch (error) {
      return failed({ kind: 'unreachable', server: this.server, reason: reasonOf(error) });
    }
    const body = parseJson(text);
    if (!response.ok) return failed(this.#refusal(response.status, body));
    const read = shape.safeParse(body);
    if (read.success) return { kind: 'answer', body: read.data };
    const [issue] = read.error.issues;
    const reason = `its answer is not what this version expects (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
    return failed({ kind: 'not_wayleave', server: this.server, reason });
  }

  /**
   * Makes a call whose answer is of any length, and hands its text on as it comes.
   * @returns the whole answer's length in characters
   */
  async stream(call: Omit<ApiCall, 'body'>, onText: (text: string) => void): Promise<Answer<number>> {
    try {
      const headers = { accept: '*/*', ...this.#authorization() };
      const response = await fetch(this.#url(call), { method: call.method, redirect: 'error', headers });
      if (!response.ok) return failed(this.#refusal(response.status, parseJson(await readBounded(response))));
      const decoder = new TextDecoder();
      let length = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        const text = decoder.decode(chunk, { stream: true });
        length += text.length;
        onText(text);
      }
      return { kind: 'answer', body: length };
    } catch (error) {
      return failed({ kind: 'unreachable', server: this.server, reason: reasonOf(error) });
    }
  }

  #authorization(): { authorization?: string } {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  #url(call: ApiCall): URL {
    const url = new URL(`/api/v1/${call.path.map(encodeURIComponent).join('/')}`, this.server);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  #refusal(status: number, body: unknown): Failure {
    const problem = problemShape.safeParse(body);
    if (problem.success) return { kind: 'problem', problem: problem.data };
    return { kind: 'not_wayleave', server: this.server, reason: `it answered ${status} without a problem document` };
  }
}

/** A failure as an answer. */
export function failed(failure: Failure): { kind: 'failed'; failure: Failure } {
  return { kind: 'failed', failure };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new Error('its answer is longer than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says only "fetch failed"; the cause knows more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerTimeoutMs / 1000} s`;
  const cause: unknown = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return reasons[code] ?? cause.message;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve just now',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 10 s',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; trust it with NODE_EXTRA_CA_CERTS=ca.pem',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is signed by an unknown authority; trust it with NODE_EXTRA_CA_CERTS=ca.pem',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an unknown authority; trust it with NODE_EXTRA_CA_CERTS=ca.pem',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; write http:// if that is meant',
};
