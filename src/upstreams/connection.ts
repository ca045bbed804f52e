import { Client, type Dispatcher } from 'undici';

/** A handler that wants to know which connection its request goes out on. */
export interface CarriedHandler extends Dispatcher.DispatchHandler {
  carrier?: Connection | undefined;
}

/** One connection to a target, opened again when it has ended. */
export class Connection extends Client {
  /** When the newest answer since it was opened began, in monotonic milliseconds; undefined: there was none. */
  answeredAt: number | undefined;

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    this.on('connect', () => (this.answeredAt = undefined));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: CarriedHandler): boolean {
    handler.carrier = this;
    return super.dispatch(options, handler);
  }
}
