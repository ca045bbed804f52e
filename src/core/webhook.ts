/** What webhooks may tell of. */
export const webhookEventTypes = ['token.expiring', 'assume.session_ended'] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

/** Something that receivers outside may want to know. */
export interface WebhookEvent {
  readonly type: WebhookEventType;
  readonly organizationId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What is sent; never a secret or a hash. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody who is told, as gateway.yaml names them. */
export interface WebhookTarget {
  /** For logs, metrics and lists; the URL may hold a secret. */
  readonly name: string;
  readonly url: string;
  /** Signs what is sent. */
  readonly key: Uint8Array;
  readonly events: readonly WebhookEventType[];
  /** Ids or slugs; undefined: every organisation. */
  readonly organizations: readonly string[] | undefined;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
}

/** Says whether a target is told of a kind of event in an organisation. */
export function isTold(
  target: Pick<WebhookTarget, 'events' | 'organizations'>,
  type: string,
  organization: { readonly id: string; readonly slug: string },
): boolean {
  const { events, organizations } = target;
  if (!events.some((told) => told === type)) return false;
  return (
    organizations === undefined || [organization.id, organization.slug].some((name) => organizations.includes(name))
  );
}

const keyPattern = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const keyBytesMin = 24;
const keyBytesMax = 64;

/**
 * Reads a key as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64.
 * @returns undefined for any other text
 */
export function readWebhookKey(text: string): Uint8Array | undefined {
  const [, encoded] = keyPattern.exec(text) ?? [];
  if (encoded === undefined) return undefined;
  const key = Buffer.from(encoded, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  return isWhole && key.length >= keyBytesMin && key.length <= keyBytesMax ? key : undefined;
}
