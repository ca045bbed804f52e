import type { TokenState } from '../../core/token-record.ts';

/** How many there are, counted up to a bound. */
export interface Count {
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** What was asked within an hour, of whatever token. */
export interface RequestHour {
  /** When the hour began. */
  readonly hourMs: number;
  readonly allowed: number;
  readonly refused: number;
}

/** An organisation at a glance. */
export interface Overviews {
  /** Personal access tokens by state. */
  tokens(organizationId: string): Promise<Readonly<Record<TokenState, Count>>>;
  /** Active tokens that end before an instant. */
  expiring(organizationId: string, beforeMs: number): Promise<Count>;
  /** The hours from an instant on in which there was anything, the oldest first. */
  requests(organizationId: string, fromMs: number): Promise<readonly RequestHour[]>;
}
