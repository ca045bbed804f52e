/** The store cannot be used as it is configured. The message is for the person who starts the program. */
export class StoreSetupError extends Error {
  override readonly name = 'StoreSetupError';
}
