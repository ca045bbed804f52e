import type { TokenRecord } from '../core/token-record.ts';
import type { Clock } from '../lib/clock.ts';
import { Throttle } from '../lib/throttle.ts';

/** A secret was sent that a rotation has replaced and whose time is over. */
export interface EndedSecretUse {
  readonly record: TokenRecord;
  readonly address: string;
  readonly requestId: string;
  readonly via: 'api' | 'proxy';
}

export interface EndedSecretsOptions {
  readonly clock: Clock;
  /** Told of every use. */
  readonly count: () => void;
  /** Told of a token's use once a minute at most. @param heldBack how many uses were not told of since */
  readonly alarm: (use: EndedSecretUse, heldBack: number) => void;
}

const alarmEveryMs = 60_000;
const tokensMax = 10_000;

/** Watches for secrets that should be forgotten by now: a client that was missed at a rotation, or a thief. */
export class EndedSecrets {
  readonly #options: EndedSecretsOptions;
  readonly #throttles = new Map<string, Throttle>();

  constructor(options: EndedSecretsOptions) {
    this.#options = options;
  }

  note(use: EndedSecretUse): void {
    const { count, alarm } = this.#options;
    count();
    const heldBack = this.#throttle(use.record.id).take();
    if (heldBack !== undefined) alarm(use, heldBack);
  }

  #throttle(tokenId: string): Throttle {
    const known = this.#throttles.get(tokenId);
    if (known !== undefined) return known;
    // Beginning anew tells of some tokens a second time within their minute.
    if (this.#throttles.size >= tokensMax) this.#throttles.clear();
    const throttle = new Throttle(this.#options.clock, alarmEveryMs);
    this.#throttles.set(tokenId, throttle);
    return throttle;
  }
}
