/** What `GET /api/v1/me` answers, as far as the console shows it. */
export interface Me {
  readonly subject: { readonly id: string; readonly username: string; readonly kind: 'human' | 'service' };
  readonly organization: { readonly slug: string };
  readonly granted_roles: readonly string[];
  readonly scopes: readonly string[];
  readonly token: { readonly id: string };
  readonly expires_at: string | null;
  readonly platform: boolean;
}

/** A token in `GET /api/v1/tokens`. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly purpose: string | null;
  readonly scopes: readonly string[];
  readonly state: 'active' | 'disabled' | 'expired' | 'revoked';
  readonly last_four: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

export interface TokenPage {
  readonly items: readonly Token[];
  readonly next_cursor: string | null;
}

/** A problem document (RFC 9457), or this page's own words where there was no answer to read. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly status?: number;
  readonly code?: string;
  readonly request_id?: string;
}

/** What a call came to: the answer, or what the server, or this page for want of a server, says against it. */
export type Outcome<Body> =
  | { readonly kind: 'answer'; readonly body: Body }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** The admin API with one token, which lives in this object and nowhere else: no storage, no cookie, no URL. */
export class AdminApi {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  me(): Promise<Outcome<Me>> {
    return this.#get('/api/v1/me');
  }

  tokensOf(userId: string, cursor: string | null): Promise<Outcome<TokenPage>> {
    const query = new URLSearchParams({ user_id: userId, ...(cursor !== null && { cursor }) });
    return this.#get(`/api/v1/tokens?${query}`);
  }

  async #get<Body>(path: string): Promise<Outcome<Body>> {
    try {
      const headers = { accept: 'application/json', authorization: `Bearer ${this.#token}` };
      const response = await fetch(path, { headers, credentials: 'omit', cache: 'no-store', redirect: 'error' });
      const body: unknown = await response.json();
      if (response.ok) return { kind: 'answer', body: body as Body };
      return { kind: 'problem', problem: body as Problem };
    } catch {
      return { kind: 'problem', problem: unreachable };
    }
  }
}

const unreachable: Problem = {
  title: 'No answer',
  detail: 'The gateway did not answer. Check that it runs and that this page is still connected to it, then try again.',
};
