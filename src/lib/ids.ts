import { randomBytes } from 'node:crypto';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Draws `length` characters of 0-9A-Za-z, each equally likely.
 * Bytes of 248 and more are thrown away, for 256 is no multiple of 62.
 */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length + 8)) {
      if (byte < 248 && text.length < length) text += base62.charAt(byte % 62);
    }
  }
  return text;
}

/** Writes a whole number of 0 or more in base 62, padded with zeros on the left to `width` characters. */
export function toBase62(number: number, width: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = base62.charAt(rest % 62) + text;
  return text.padStart(width, '0');
}

type IdKind =
  | 'org'
  | 'usr'
  | 'tok'
  | 'sec'
  | 'aut'
  | 'enr'
  | 'req'
  | 'nod'
  | 'aud'
  | 'key'
  | 'msg'
  | 'dlv'
  | 'con'
  | 'asm'
  | 'ase'
  | 'qst';

/**
 * A public id such as `tok_01JD...`: the kind, then 48 bits of milliseconds and 80 random bits in 26 characters
 * (Crockford base 32, as ULID), so that ids sort by the time they were made.
 */
export function newId(kind: IdKind, nowMs: number): string {
  return idOf(kind, nowMs, randomBytes(16));
}

const lastInstantMs = 2 ** 48 - 1;

/** The id before which every id of a kind sorts that was made earlier; none that is made at that instant does. */
export function firstIdOf(kind: IdKind, instantMs: number): string {
  return idOf(kind, Math.min(Math.max(instantMs, 0), lastInstantMs), Buffer.alloc(16));
}

function idOf(kind: IdKind, nowMs: number, bytes: Buffer): string {
  bytes.writeUIntBE(nowMs, 0, 6);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let position = 0; position < 26; position++) {
    text = crockford.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `${kind}_${text}`;
}

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
