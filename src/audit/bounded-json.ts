import { createHash } from 'node:crypto';
import type { Json } from '../core/audit.ts';
import { maskTokens } from '../core/token-mask.ts';

/** The longest text of one side of an event, in bytes. */
const jsonBytesMax = 16_384;

const stringMax = 500;
const itemsMax = 100;

/**
 * A value as JSON text of at most 16 KiB. A larger one loses the ends of long texts and lists, with a note of what is
 * missing, and if it is still too large all but its size and SHA-256.
 */
export function boundedJson(value: Json): string {
  const masked = mask(value);
  const whole = JSON.stringify(masked);
  if (Buffer.byteLength(whole) <= jsonBytesMax) return whole;
  const clipped = JSON.stringify(clip(masked));
  if (Buffer.byteLength(clipped) <= jsonBytesMax) return clipped;
  const sha256 = createHash('sha256').update(whole).digest('hex');
  return JSON.stringify({ truncated: true, bytes: Buffer.byteLength(whole), sha256 });
}

/** Tokens that somebody has put into a name or a purpose go. */
function mask(value: Json): Json {
  if (typeof value === 'string') return maskTokens(value);
  if (isList(value)) return value.map(mask);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, mask(field)]));
}

function clip(value: Json): Json {
  if (typeof value === 'string') {
    return value.length <= stringMax ? value : `${value.slice(0, stringMax)}… (${value.length} characters)`;
  }
  if (isList(value)) {
    const items = value.slice(0, itemsMax).map(clip);
    return value.length <= itemsMax ? items : [...items, `… (${value.length} items)`];
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, clip(field)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
