import type { ReloadCause, ReloadRecord, ReloadRequest } from '../admin-api/ports/configuration.ts';
import type { Settling } from '../config/load-watch.ts';
import type { AuditEvent } from '../core/audit.ts';
import type { Logger } from '../observability/logger.ts';
import type { ReloadableConfiguration } from './configuration.ts';

export interface UnattendedOptions {
  readonly configuration: Pick<ReloadableConfiguration, 'reload' | 'reloadSettled'>;
  readonly record: ReloadRecord;
  readonly logger: Logger;
}

const retryAfterMs = 5000;
const waitingMax = 1000;

/**
 * Reloads that nobody asked for by a call: of a file that changed, or by a signal. Whoever mends gateway.yaml while the
 * store is down must not wait for it, so their audit rows are written when the store takes them.
 */
export class UnattendedReloads {
  readonly #options: UnattendedOptions;
  readonly #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Since a reload on a signal began. */
  #signals = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: UnattendedOptions) {
    this.#options = options;
  }

  /** On a signal; those that come while a reload is under way come to one more. Never rejects. */
  async reload(): Promise<void> {
    this.#signals++;
    if (this.#signals > 1) return;
    for (let heard = 0; heard < this.#signals;) {
      heard = this.#signals;
      await this.#reloadOnce();
    }
    this.#signals = 0;
  }

  async #reloadOnce(): Promise<void> {
    try {
      await this.#options.configuration.reload(this.#request('signal'));
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the gateway failed at a reload');
    }
  }

  /** Of a file that has changed. */
  async reloadChanged({ isQuiet, isSame }: Settling): Promise<'done' | 'unsettled'> {
    const isSettled = async (isGood: boolean): Promise<boolean> => (isGood || isQuiet) && isSame();
    const outcome = await this.#options.configuration.reloadSettled(this.#request('file'), isSettled);
    return outcome.kind === 'unsettled' ? 'unsettled' : 'done';
  }

  #request(cause: Extract<ReloadCause, 'file' | 'signal'>): ReloadRequest {
    return {
      cause,
      record: (event) => {
        this.#note(event);
        return Promise.resolve();
      },
    };
  }

  /** Writes what still waits, as far as the store takes it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#write();
    if (this.#waiting.length > 0) this.#options.logger.error({ events: this.#waiting }, 'reloads were never audited');
  }

  #note(event: AuditEvent): void {
    if (this.#waiting.length < waitingMax) this.#waiting.push(event);
    else this.#options.logger.error({ event }, 'a reload is not audited: too many wait for the store');
    void this.#write();
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        await this.#options.record.write(next);
        this.#waiting.shift();
      }
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'a reload could not be audited yet; it is tried again');
      this.#timer = setTimeout(() => void this.#write(), retryAfterMs).unref();
    }
  }
}
