import { Client, type Dispatcher } from 'undici';

/** A handler that wants to know which connection its request goes out on. */
export interface CarriedHandler extends Dispatcher.DispatchHandler {
  carrier?: Connection | undefined;
}

/** One connection to a target, opened again when it has ended. */
export class Connection extends Client {
  /** Answers that have begun since it was opened: with any, the peer may have ended it before it read the next request. */
  answers = 0;

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    this.on('connect', () => (this.answers = 0));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: CarriedHandler): boolean {
    handler.carrier = this;
    return super.dispatch(options, handler);
  }
}
