/** How assertions are signed (RFC 7518, section 3.4; RFC 8037, section 3.1). */
export const signingAlgorithms = ['ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/**
 * The life of a signing key: `published` (verifiers can know it, it does not sign yet), `signing`, `retired` (it signs no
 * more, and is published until the last token that it signed has ended), `gone`.
 */
export const signingKeyStates = ['published', 'signing', 'retired', 'gone'] as const;
export type SigningKeyState = (typeof signingKeyStates)[number];

/** When the state of a key changes, in milliseconds of whatever clock; null: not yet decided. */
export interface SigningKeyLife {
  readonly signsFromMs: number;
  readonly retiresAtMs: number | null;
  readonly goneAtMs: number | null;
}

/** The state of a key at an instant of the same clock. */
export function signingKeyState(life: SigningKeyLife, nowMs: number): SigningKeyState {
  if (life.goneAtMs !== null && life.goneAtMs <= nowMs) return 'gone';
  if (life.retiresAtMs !== null && life.retiresAtMs <= nowMs) return 'retired';
  return life.signsFromMs <= nowMs ? 'signing' : 'published';
}

/** The longest that an assertion is valid. */
export const longestAssertionMs = 60_000;

/** For how long verifiers may keep the key set. */
export const keySetMaxAgeMs = 5 * 60_000;

/** What nodes and verifiers may be behind by: reading the keys again, answers under way, clocks that differ. */
const marginMs = 30_000;

/** How long a key is published before it signs: whoever holds an older key set has asked again by then. */
export const publicationMs = keySetMaxAgeMs + marginMs;

/** How long a key stays published once it has signed for the last time. */
export const retirementMs = longestAssertionMs + marginMs;
