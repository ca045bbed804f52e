/** What the admin API needs of the store. Every call throws StoreUnavailable when the store does not answer in time. */

/** Something of that name exists already; its id tells the caller what to change instead. */
export interface Conflict {
  readonly kind: 'conflict';
  readonly existingId: string;
}

export interface Created<Item> {
  readonly kind: 'created';
  readonly item: Item;
}

/** The changed item; undefined when there is none of that id (in that organisation, where one is given). */
export type Changed<Item> = Promise<Item | undefined>;

export interface PageRequest {
  /** 1 to 200 items. */
  readonly limit: number;
  readonly cursor?: string;
}

/** The token has changed since it was read, so nothing was done: what was decided on may no longer hold. */
export interface Outdated {
  readonly kind: 'outdated';
}
