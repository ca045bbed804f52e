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

/** Who wants to know of a past request. */
export interface Viewer {
  readonly userId: string;
  /** Whose requests may be told; undefined: everybody's, to an admin of the platform. */
  readonly organizationId: string | undefined;
}

/** How much a node remembers. */
export interface NodeMemory {
  readonly node: string;
  /** undefined: it did not answer in time. */
  readonly memory: { readonly decisions: number; readonly refusalsSinceMs: number | undefined } | undefined;
}

export type PastExplanation =
  | { readonly kind: 'found'; readonly document: ExplanationDocument }
  /** No node remembers it, or none may tell. */
  | { readonly kind: 'unknown'; readonly nodes: readonly NodeMemory[] }
  /** Too many are asking already. */
  | { readonly kind: 'busy' };

/** Decides requests by the configuration in force, as the data plane does, and keeps the steps. */
export interface Explanations {
  /** A store that does not answer is part of the explanation. */
  explain(request: HypotheticalRequest): Promise<Explained>;
  /** Explains a request that was made lately, whichever node decided on it. @throws StoreUnavailable */
  ofRequest(requestId: string, viewer: Viewer): Promise<PastExplanation>;
}
