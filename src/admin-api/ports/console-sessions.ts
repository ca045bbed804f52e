import type { TokenHash } from '../../core/token.ts';

/** What a session of the console began with: a token's secret, or an enrolment code, which stands for the whole person. */
export type SessionCredential = { readonly kind: 'token'; readonly hash: TokenHash } | { readonly kind: 'person' };

/** Instants are epoch milliseconds. */
export interface ConsoleSession {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly credential: SessionCredential;
  readonly createdAt: number;
  /** To the minute. */
  readonly lastUsedAt: number;
  /** However much it is used. */
  readonly endsAt: number;
}

/** SHA-256 of the two halves of a session, in base64url. */
export interface SessionHashes {
  readonly cookie: string;
  readonly pageKey: string;
}

export interface NewSession {
  readonly organizationId: string;
  readonly userId: string;
  /** For the audit log. */
  readonly username: string;
  readonly credential: SessionCredential;
  readonly hashes: SessionHashes;
  readonly endsAt: number;
}

/** Who is signed in to the console. */
export interface ConsoleSessions {
  /** Ends the oldest sessions of a user who has many. */
  start(input: NewSession): Promise<ConsoleSession>;
  /** @param cookies hashes of what came in cookies of the console's name; @param pageKey the hash that goes with one */
  find(cookies: readonly string[], pageKey: string): Promise<ConsoleSession | undefined>;
  /** Notes that it is in use. */
  touch(id: string): Promise<void>;
  /** @param username for the audit log, where somebody signs out; left out where it ends by itself */
  end(session: ConsoleSession, username?: string): Promise<void>;
}
