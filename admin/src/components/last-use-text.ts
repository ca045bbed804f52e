import type { Token } from '../api/calls.ts';
import { distanceTo } from './instant.tsx';

/** When and from where a token was last used, as part of a sentence: what whoever ends it will end. */
export function useOfToken({ last_used_at: at, last_used_address: address }: Token): string {
  return at === null ? 'never used' : `used ${distanceTo(at)} by ${address}`;
}
