/** Counts who uses something, so that it can be put away after the last of them. */
export class UseCount {
  #users = 0;
  #onIdle: (() => void) | undefined;

  /** How many use it now. */
  get users(): number {
    return this.#users;
  }

  begin(): void {
    this.#users++;
  }

  end(): void {
    this.#users--;
    if (this.#users === 0) this.#onIdle?.();
  }

  /** Resolves once nobody uses it any more; to be called once, when nobody new can come. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#users === 0) resolve();
    });
  }
}
