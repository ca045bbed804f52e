import { AdminClient, type ApiAnswer } from './client.ts';

/** What a browser has of a session. */
export interface BrowserSession {
  /** As a Cookie header. */
  readonly cookie: string;
  readonly pageKey: string;
}

/** What an answer that lets somebody in leaves in the browser. */
export function sessionOf(answer: ApiAnswer): BrowserSession {
  const [set = ''] = answer.headers.getSetCookie();
  return { cookie: set.split(';', 1)[0] ?? '', pageKey: String(answer.body['page_key']) };
}

/** Calls the admin API as the console's page does. */
export class ConsoleClient {
  readonly #client: AdminClient;
  readonly #origin: string;
  readonly #session: BrowserSession;

  constructor(port: number, session: BrowserSession) {
    this.#client = new AdminClient(port);
    this.#origin = `http://127.0.0.1:${port}`;
    this.#session = session;
  }

  /** @param headers beside those of the page, or instead of them; '' for none */
  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const all = {
      cookie: this.#session.cookie,
      'x-wayleave-console': this.#session.pageKey,
      'sec-fetch-site': 'same-origin',
      ...(method !== 'GET' && { origin: this.#origin, 'content-type': 'application/json' }),
      ...headers,
    };
    return this.#client.call(method, path, body, Object.fromEntries(Object.entries(all).filter(([, value]) => value)));
  }

  get(path: string): Promise<ApiAnswer> {
    return this.call('GET', path);
  }
}
