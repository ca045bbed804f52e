import { createHmac } from 'node:crypto';

export interface SignedMessage {
  /** The same at every attempt, so that receivers can tell repetitions. */
  readonly id: string;
  /** Unix seconds of the attempt, so that receivers can refuse old recordings. */
  readonly timestamp: number;
  readonly payload: string;
}

/** The value of `webhook-signature`, as Standard Webhooks has it: HMAC-SHA-256 over id, time and body, in base64. */
export function signature(key: Uint8Array, { id, timestamp, payload }: SignedMessage): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64')}`;
}
