import type { WebhookEvent, WebhookTarget } from '../core/webhook.ts';
import type { Clock } from '../lib/clock.ts';

/** Owners are told when a token has no more than so many days left, once for each. */
export const warningDays = [1, 7, 30] as const;

/** A token that ends within `days`, of which nobody has been told yet. */
export interface ExpiringToken {
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly username: string;
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly expiresAtMs: number;
  readonly days: number;
}

/** The walk through the tokens that end soon, which all nodes share. Every method throws StoreUnavailable. */
export interface ExpiryWalk {
  /** @returns false when another node is at it, or was within the minute */
  begin(): Promise<boolean>;
  /** Lets any node begin at once, for this one did not come through. */
  release(): Promise<void>;
  /**
   * Goes on by a page: marks the tokens that have come within a new threshold, and writes the events that `tell` makes
   * of them in the same transaction.
   * @returns how many tokens it warned of, and whether the walk is at its end, from where it starts anew
   */
  advance(step: WalkStep): Promise<{ readonly warned: number; readonly isAtEnd: boolean }>;
}

export interface WalkStep {
  readonly nowMs: number;
  /** Ids or slugs of those whose tokens somebody is told of; undefined: all. */
  readonly organizations: readonly string[] | undefined;
  readonly tell: (token: ExpiringToken) => WebhookEvent;
}

/** A run is over after so many pages; the next one goes on from there. */
const pagesMax = 30;

export interface ExpiryWarningsOptions {
  readonly walk: ExpiryWalk;
  readonly targets: readonly WebhookTarget[];
  readonly clock: Pick<Clock, 'now'>;
  /** Told how many events it has put into the outbox. */
  readonly onWarned: (warnings: number) => void;
}

/** Warns of tokens that end soon, where somebody is to be told. What a stop kept from being told is told later. */
export async function warnOfExpiry({ walk, targets, clock, onWarned }: ExpiryWarningsOptions): Promise<void> {
  const told = targets.filter(({ events }) => events.includes('token.expiring'));
  if (told.length === 0 || !(await walk.begin())) return;
  const nowMs = clock.now();
  const step = { nowMs, organizations: organizationsOf(told), tell: (token: ExpiringToken) => eventOf(token, nowMs) };
  try {
    for (let page = 0; page < pagesMax; page++) {
      const { warned, isAtEnd } = await walk.advance(step);
      if (warned > 0) onWarned(warned);
      if (isAtEnd) return;
    }
  } catch (error) {
    await walk.release();
    throw error;
  }
}

/** What is not told to anybody is not marked as told either: somebody may be named later. */
function organizationsOf(targets: readonly WebhookTarget[]): readonly string[] | undefined {
  if (targets.some(({ organizations }) => organizations === undefined)) return undefined;
  return targets.flatMap(({ organizations = [] }) => organizations);
}

function eventOf(token: ExpiringToken, nowMs: number): WebhookEvent {
  return {
    type: 'token.expiring',
    organizationId: token.organizationId,
    at: nowMs,
    data: {
      token_id: token.id,
      name: token.name,
      user_id: token.userId,
      username: token.username,
      organization_id: token.organizationId,
      organization: token.organizationSlug,
      expires_at: new Date(token.expiresAtMs).toISOString(),
      days: token.days,
    },
  };
}
