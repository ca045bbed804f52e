import type { Calls } from './calls.ts';

/** A problem document (RFC 9457), or this page's own words where there was no answer to read. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly status?: number;
  readonly code?: string;
  readonly request_id?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly existing_id?: string;
}

/** What a call came to: the answer, or what the server, or this page for want of a server, says against it. */
export type Outcome<Body> =
  | { readonly kind: 'answer'; readonly body: Body }
  | { readonly kind: 'problem'; readonly problem: Problem };

export type CallName = keyof Calls;
export type Answer<Name extends CallName> = Calls[Name]['answer'];

type Part<Key extends string, Value> = [Value] extends [undefined]
  ? { readonly [K in Key]?: undefined }
  : Partial<Value> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value };

/** What a call takes: what its path names, its query, its body. */
export type Input<Name extends CallName> = Part<'params', Calls[Name]['params']> &
  Part<'query', Calls[Name]['query']> &
  Part<'body', Calls[Name]['body']>;

interface AnyInput {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: unknown;
}

const pageKeyName = 'wayleave-page-key';

/**
 * The admin API, with the session of this browser. The cookie is the browser's own; the other half of the session is
 * kept in this origin's storage, which no page on another port or host can read.
 */
export class Client {
  /** Told when a session is over that was there before. */
  onSignedOut: (problem: Problem) => void = () => undefined;

  get maySignIn(): boolean {
    return localStorage.getItem(pageKeyName) !== null;
  }

  /** Keeps what the server answered to a sign-in. */
  signedIn(pageKey: string): void {
    localStorage.setItem(pageKeyName, pageKey);
  }

  signedOut(): void {
    localStorage.removeItem(pageKeyName);
  }

  async call<Name extends CallName>(name: Name, input: Input<Name>): Promise<Outcome<Answer<Name>>> {
    const outcome = await this.#send(name, input);
    if (outcome.kind === 'problem' && outcome.problem.status === 401 && this.maySignIn) {
      this.signedOut();
      this.onSignedOut(outcome.problem);
    }
    return outcome as Outcome<Answer<Name>>;
  }

  async #send(name: string, input: AnyInput): Promise<Outcome<unknown>> {
    try {
      const response = await fetch(addressOf(name, input), {
        ...this.#request(name, input),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      const text = await response.text();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      return response.ok ? { kind: 'answer', body } : { kind: 'problem', problem: body as Problem };
    } catch {
      return { kind: 'problem', problem: unreachable };
    }
  }

  #request(name: string, { body }: AnyInput): RequestInit {
    const [method = 'GET'] = name.split(' ');
    const pageKey = localStorage.getItem(pageKeyName);
    return {
      method,
      headers: {
        accept: 'application/json',
        ...(pageKey !== null && { 'x-wayleave-console': pageKey }),
        ...(method !== 'GET' && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  }
}

function addressOf(name: string, { params = {}, query = {} }: AnyInput): string {
  const [, template = ''] = name.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? ''));
  const given = Object.entries(query).filter((pair): pair is [string, string] => (pair[1] ?? '') !== '');
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `/api/v1${path}${search}`;
}

const unreachable: Problem = {
  title: 'No answer',
  detail: 'The gateway did not answer. Check that it runs and that this page is still connected to it, then try again.',
};
