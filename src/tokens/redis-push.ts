import type { RedisAddress } from '../core/redis-url.ts';
import type { Push } from './push.ts';
import { plainError, type RedisClient } from './redis-client.ts';
import { openListener } from './redis-connection.ts';
import { SealedTexts } from './sealed-text.ts';

export interface RedisPushOptions {
  /** What messages are published with. */
  readonly client: RedisClient;
  /** Where to listen, by a connection of its own. */
  readonly address: RedisAddress;
  /** 32 bytes that every node has and Redis has not. */
  readonly key: Buffer;
  readonly channel: string;
  /** A message came that none of our nodes has sent to this channel. */
  readonly onAlarm: () => void;
  /** The connection was lost or could not be had; it is tried again. */
  readonly onError: (reason: Error) => void;
}

/** A number and a seal; whatever is longer is none of ours. */
const messageLengthMax = 64;
const heartbeatMs = 2000;
/** Between a listener that has ended and the next one. */
const againMs = 200;

type Listener = ReturnType<typeof openListener>;

/** News of the change log by Redis pub/sub. A message says no more than how far the log has got. */
export class RedisPush implements Push {
  readonly #options: RedisPushOptions;
  readonly #sealed: SealedTexts;
  readonly #subscribers: ((number: number) => void)[] = [];
  readonly #heartbeat: NodeJS.Timeout;
  #connection: Listener;
  #nextAttempt: NodeJS.Timeout | undefined;
  #isClosed = false;
  #highest = -1;

  constructor(options: RedisPushOptions) {
    this.#options = options;
    this.#sealed = new SealedTexts(options.key);
    this.#connection = this.#listen(0);
    // A listener sends nothing by itself, so only a question shows it that nobody is at the other end any more; the
    // connection then ends of its silence.
    const askForLife = (): void => void this.#connection.ping().catch(() => undefined);
    this.#heartbeat = setInterval(askForLife, heartbeatMs).unref();
  }

  announce(number: number): void {
    const { client, channel } = this.#options;
    const message = this.#sealed.seal(channel, { number, body: '' });
    void client.ask((redis) => redis.publish(channel, message));
  }

  subscribe(onNews: (number: number) => void): void {
    this.#subscribers.push(onNews);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#nextAttempt);
    this.#connection.disconnect();
    return Promise.resolve();
  }

  #listen(attempt: number): Listener {
    const { address, channel, onError } = this.#options;
    const connection = openListener(address, attempt);
    connection.on('error', (error: unknown) => onError(plainError(error)));
    connection.on('ready', () => {
      connection.subscribe(channel).catch((error: unknown) => onError(plainError(error)));
    });
    connection.on('message', (from: string, message: string) => this.#hear(from, message));
    connection.on('end', () => {
      const again = (): void => void (this.#connection = this.#listen(attempt + 1));
      if (!this.#isClosed) this.#nextAttempt = setTimeout(again, againMs).unref();
    });
    return connection;
  }

  #hear(channel: string, message: string): void {
    // What was on its way when the connection was closed still comes.
    if (this.#isClosed || channel !== this.#options.channel) return;
    const content = message.length <= messageLengthMax ? this.#sealed.open(channel, message) : undefined;
    if (content === undefined) {
      this.#options.onAlarm();
      return;
    }
    // A message that is sent again tells nothing new, and costs no read of the log.
    if (content.number <= this.#highest) return;
    this.#highest = content.number;
    for (const onNews of this.#subscribers) onNews(content.number);
  }
}
