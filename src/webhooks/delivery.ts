/** One event that this node is to send to one target, by a lease. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  /** Whom the event is about. */
  readonly organization: { readonly id: string; readonly slug: string };
  /** 1 for the first. */
  readonly attempt: number;
  /** The body. */
  readonly payload: string;
}

/** What became of an attempt. */
export type Attempt =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'failed'; readonly status: number | undefined; readonly reason: string; readonly isFinal: boolean }
  /** This node stops; the attempt does not count. */
  | { readonly kind: 'given_back' };

/** How a delivery stands after an attempt. */
export type Settlement =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'retry';
      readonly status: number | undefined;
      readonly reason: string;
      readonly afterMs: number;
    }
  | { readonly kind: 'dead'; readonly status: number | undefined; readonly reason: string }
  | { readonly kind: 'given_back' };

/** The deliveries that are due. Every method throws StoreUnavailable. */
export interface DeliveryQueue {
  /** Takes deliveries for a target, oldest first, so that no other node does before `leaseMs` are over. */
  claim(target: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  /** Writes down what became of a claimed one, unless it has been claimed again meanwhile. */
  settle(claimed: ClaimedDelivery, settlement: Settlement): Promise<void>;
}
