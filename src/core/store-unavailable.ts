/** The store did not answer, or not in time. Never a statement about a token: it answers 503, never 401, never a pass. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
