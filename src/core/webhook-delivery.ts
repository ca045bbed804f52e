import type { Page } from './directory.ts';

export const webhookDeliveryStates = ['pending', 'delivered', 'dead'] as const;
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];

/** One event for one target. */
export interface WebhookDelivery {
  readonly id: string;
  /** The `webhook-id` that receivers see. */
  readonly eventId: string;
  readonly type: string;
  readonly organizationId: string;
  readonly target: string;
  readonly state: WebhookDeliveryState;
  readonly attempts: number;
  readonly createdAtMs: number;
  /** null: there will be none. */
  readonly nextAttemptAtMs: number | null;
  readonly lastAttemptAtMs: number | null;
  /** What the receiver answered. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

export interface WebhookDeliveryFilter {
  readonly state?: WebhookDeliveryState;
  readonly target?: string;
}

export interface WebhookDeliveries {
  /** Newest first. @throws StoreUnavailable */
  list(
    filter: WebhookDeliveryFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<WebhookDelivery>>;
}
