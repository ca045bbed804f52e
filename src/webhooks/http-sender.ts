import type { WebhookTarget } from '../core/webhook.ts';
import type { Clock } from '../lib/clock.ts';
import type { Attempt, ClaimedDelivery } from './delivery.ts';
import { signature } from './signature.ts';

/** The receiver wants no more of it, says Standard Webhooks. */
const gone = 410;

/** Sends events by POST. */
export class HttpSender {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #userAgent: string;
  readonly #underWay = new Set<AbortController>();
  #isClosing = false;

  constructor(clock: Pick<Clock, 'now'>, version: string) {
    this.#clock = clock;
    this.#userAgent = `wayleave/${version}`;
  }

  /** Makes one attempt. Never throws; what it says of a failure holds neither the URL nor the key. */
  async send(target: WebhookTarget, { eventId, payload }: ClaimedDelivery): Promise<Attempt> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), target.timeoutMs);
    this.#underWay.add(abort);
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: this.#headers(target.key, eventId, payload),
        body: payload,
        // A redirect could lead a signed body to where gateway.yaml never sent it.
        redirect: 'manual',
        signal: abort.signal,
      });
      // Nobody reads what it says; an open body would hold the connection.
      await response.body?.cancel();
      return judge(response.status);
    } catch (error) {
      if (this.#isClosing) return { kind: 'given_back' };
      return failed(undefined, abort.signal.aborted ? `no answer within ${target.timeoutMs} ms` : reasonOf(error));
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(abort);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#isClosing = true;
    for (const abort of this.#underWay) abort.abort();
  }

  #headers(key: Uint8Array, id: string, payload: string): Record<string, string> {
    const timestamp = Math.floor(this.#clock.now() / 1000);
    return {
      'content-type': 'application/json',
      'user-agent': this.#userAgent,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(key, { id, timestamp, payload }),
    };
  }
}

function judge(status: number): Attempt {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  if (status >= 300 && status < 400) return failed(status, `answered ${status}; redirects are not followed`);
  return failed(status, `answered ${status}`, status === gone);
}

function failed(status: number | undefined, reason: string, isFinal = false): Attempt {
  return { kind: 'failed', status, reason, isFinal };
}

/** The code alone, such as ECONNREFUSED or CERT_HAS_EXPIRED: messages may hold the URL. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return 'the request could not be made';
}
