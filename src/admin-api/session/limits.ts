/** How long a session lasts without being used. */
export const idleMs = 3_600_000;

/** How long a session lasts at most, however much it is used. */
export const lifetimeMs = 12 * 3_600_000;

/** How old the note of its last use may get. */
export const touchMs = 60_000;
