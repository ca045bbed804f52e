import type { ExplanationDocument } from '../../core/explanation.ts';
import type { UserKind, UserRecord } from '../../core/token-record.ts';

/** As whom a request is asked about. */
export type Asked =
  | { readonly kind: 'nobody' }
  /** A token, as it would be sent. */
  | { readonly kind: 'token'; readonly text: string }
  /** A user who does not exist, whose token has exactly these scopes. */
  | {
      readonly kind: 'scopes';
      readonly scopes: readonly string[];
      readonly userKind: UserKind;
      readonly organization: string;
    }
  /** A real user with a token that does not exist; without scopes it has all that the user's roles give. */
  | { readonly kind: 'user'; readonly user: UserRecord; readonly scopes: readonly string[] | undefined };

/** A request that nobody sent. */
export interface HypotheticalRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly host: string | undefined;
  /** The client's address; undefined: this machine's own. */
  readonly from: string | undefined;
  readonly as: Asked;
}

export interface Explained {
  readonly document: ExplanationDocument;
  /** Whose token was looked at, where one was and is known. */
  readonly organizationId: string | undefined;
}

/** Decides requests by the configuration in force, as the data plane does, and keeps the steps. */
export interface Explanations {
  /** A store that does not answer is part of the explanation. */
  explain(request: HypotheticalRequest): Promise<Explained>;
}
