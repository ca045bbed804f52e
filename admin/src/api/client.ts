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
const assumedName = 'wayleave-assumed';

/** What one does as oneself, whomever one looks as. */
const ownCalls: ReadonlySet<string> = new Set<CallName>([
  'GET /assume',
  'POST /assume',
  'DELETE /assume/{id}',
  'DELETE /session',
]);

/**
 * The admin API, with the session of this browser. The cookie is the browser's own; the other half of the session is
 * kept in this origin's storage, which no page on another port or host can read.
 */
export class Client {
  /** Told when a session is over that was there before. */
  onSignedOut: (problem: Problem) => void = () => undefined;

  /** Told when the session through which one looked as somebody else is over. */
  onAssumedEnded: (problem: Problem) => void = () => undefined;

  /** The id of the session through which this tab looks as an assumed user. */
  get assumed(): string | undefined {
    return sessionStorage.getItem(assumedName) ?? undefined;
  }

  /** @param id of a session; undefined: as oneself again */
  lookThrough(id: string | undefined): void {
    if (id === undefined) sessionStorage.removeItem(assumedName);
    else sessionStorage.setItem(assumedName, id);
  }

  get maySignIn(): boolean {
    return localStorage.getItem(pageKeyName) !== null;
  }

  /** Keeps what the server answered to a sign-in. */
  signedIn(pageKey: string): void {
    localStorage.setItem(pageKeyName, pageKey);
  }

  signedOut(): void {
    localStorage.removeItem(pageKeyName);
    this.lookThrough(undefined);
  }

  async call<Name extends CallName>(name: Name, input: Input<Name>): Promise<Outcome<Answer<Name>>> {
    const assumed = ownCalls.has(name) ? undefined : this.assumed;
    const outcome = await this.#send(name, input, assumed);
    if (outcome.kind === 'problem' && isOfSession(name, outcome.problem)) this.#leave(outcome.problem, assumed);
    return outcome as Outcome<Answer<Name>>;
  }

  /** The same for an answer that is a file of JSON Lines whose last line says that it is whole. */
  async download(name: 'GET /audit/export', input: Input<'GET /audit/export'>): Promise<Outcome<Blob>> {
    const outcome = await this.#send(name, input, this.assumed, 'blob');
    if (outcome.kind === 'problem') return outcome;
    const file = outcome.body as Blob;
    const end = await file.slice(-lastLineBytes).text();
    return end.includes('{"trailer":') ? { kind: 'answer', body: file } : { kind: 'problem', problem: brokenOff };
  }

  /** What was refused for want of a session: that of the assumed user first, then one's own. */
  #leave(problem: Problem, assumed: string | undefined): void {
    if (assumed !== undefined) {
      // Several calls may come back so; the first one has left already.
      if (this.assumed !== assumed) return;
      this.lookThrough(undefined);
      this.onAssumedEnded(problem);
    } else if (this.maySignIn) {
      this.signedOut();
      this.onSignedOut(problem);
    }
  }

  async #send(
    name: string,
    input: AnyInput,
    assumed: string | undefined,
    as: 'json' | 'blob' = 'json',
  ): Promise<Outcome<unknown>> {
    try {
      const response = await fetch(addressOf(name, input), {
        ...this.#request(name, input, assumed),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      if (response.ok && as === 'blob') return { kind: 'answer', body: await response.blob() };
      const text = await response.text();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      return response.ok ? { kind: 'answer', body } : { kind: 'problem', problem: body as Problem };
    } catch {
      return { kind: 'problem', problem: unreachable };
    }
  }

  #request(name: string, { body }: AnyInput, assumed: string | undefined): RequestInit {
    const [method = 'GET'] = name.split(' ');
    const pageKey = localStorage.getItem(pageKeyName);
    return {
      method,
      headers: {
        accept: 'application/json',
        ...(pageKey !== null && { 'x-wayleave-console': pageKey }),
        ...(assumed !== undefined && { 'x-wayleave-assumed': assumed }),
        ...(method !== 'GET' && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  }
}

/** Says whether a refusal is of whoever calls; an assume-user token that is refused is not what one is signed in with. */
function isOfSession(name: CallName, { status, code }: Problem): boolean {
  return status === 401 && !(name === 'POST /assume' && code === 'token_invalid');
}

function addressOf(name: string, { params = {}, query = {} }: AnyInput): string {
  const [, template = ''] = name.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? ''));
  const given = Object.entries(query).filter((pair): pair is [string, string] => (pair[1] ?? '') !== '');
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `/api/v1${path}${search}`;
}

/** More than the last line of an export has. */
const lastLineBytes = 1000;

const brokenOff: Problem = {
  title: 'The export broke off',
  detail: 'What came lacks its last line, so it is not whole. Try again; the log of the gateway says what went wrong.',
};

const unreachable: Problem = {
  title: 'No answer',
  detail: 'The gateway did not answer. Check that it runs and that this page is still connected to it, then try again.',
};
