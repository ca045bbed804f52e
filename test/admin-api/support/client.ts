import { expect } from 'vitest';

type Json = Record<string, unknown>;

/** An answer of the admin API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Calls the admin API as a client would. */
export class AdminClient {
  readonly #origin: string;
  readonly #token: string | undefined;

  constructor(port: number, token?: string) {
    this.#origin = `http://127.0.0.1:${port}`;
    this.#token = token;
  }

  /** @param path below /api/v1 when it begins with neither of the listener's other paths */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text !== '' && /[/+]json(?:;|$)/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as Json) : { text },
    };
  }

  get(path: string): Promise<ApiAnswer> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<ApiAnswer> {
    return this.call('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<ApiAnswer> {
    return this.call('PATCH', path, body);
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.call('DELETE', path);
  }
}

/** Holds that an answer is the problem document of a code, with all that belongs to one. */
export function expectProblem(answer: ApiAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body['code'], detail: answer.body['detail'] }).toEqual({
    status,
    code,
    detail: expect.any(String) as string,
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-wayleave-error')).toBe(code);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body['request_id']).toBe(answer.headers.get('x-request-id'));
}
