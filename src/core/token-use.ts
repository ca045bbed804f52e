import type { SessionUse } from './session-use.ts';

/** One request that came with a known token on a route. */
export interface TokenUse {
  readonly tokenId: string;
  /** The name of the route. */
  readonly route: string;
  /** What the route asked for, separated by spaces; scopes of which one would do are joined by `|`. */
  readonly scopes: string;
  readonly address: string;
  /** When the secret that was sent ends, or has ended, where a rotation has replaced it. */
  readonly oldSecretUntil?: number | null;
  /** `denied`: the token was good but not for this; `invalid`: it has ended, which is counted and is no use of it. */
  readonly outcome: 'allowed' | 'denied' | 'invalid';
  /** Where it was done as an assumed user. */
  readonly session?: SessionUse | undefined;
}
