import { sessionExpiry } from '../core/assumption.ts';
import type { Problem } from '../core/problem.ts';
import type { TokenPolicy, TokenRecord } from '../core/token-record.ts';
import type { Allowed } from './decide.ts';
import type { Runtime } from './runtime.ts';

/** Made once for a record: writing a date costs more than all else that is written for an answer. */
const texts = new WeakMap<TokenRecord, { readonly policy: TokenPolicy; readonly text: string }>();

/**
 * Until when a request's user is assumed, in RFC 3339; undefined when nobody is, or no longer.
 * @param problem with which the request is answered
 */
export function assumedUntil(
  record: TokenRecord | undefined,
  policy: TokenPolicy,
  problem?: Problem,
): string | undefined {
  if (record?.assumption === undefined || problem?.code === 'assume_ended') return undefined;
  const known = texts.get(record);
  if (known?.policy === policy) return known.text;
  const text = new Date(sessionExpiry(record, record.assumption, policy)).toISOString();
  texts.set(record, { policy, text });
  return text;
}

/** The header of an answer to an assumed request: name and value, or nothing. */
export function assumedNotice({ record }: Allowed, { config }: Pick<Runtime, 'config'>): readonly string[] {
  const until = assumedUntil(record, config.tokenPolicy);
  return until === undefined ? nothing : ['x-auth-assumed-until', until];
}

const nothing: readonly string[] = [];
