import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { randomBase62, toBase62 } from '../lib/ids.ts';

/** The text of a token as its holder knows it. It is never stored, logged or put into a URL. */
export type RawToken = string & { readonly brand: 'RawToken' };

/** SHA-256 of a token's whole text, 43 characters of base64url: all that is stored, cached or looked up. */
export type TokenHash = string & { readonly brand: 'TokenHash' };

/** What a token is for: personal access, assume-user grant, redeemed session, access token, enrolment code. */
export const tokenKinds = ['pat', 'asu', 'ses', 'acc', 'enr'] as const;
export type TokenKind = (typeof tokenKinds)[number];

export interface ParsedToken {
  readonly kind: TokenKind;
  readonly hash: TokenHash;
}

const secretLength = 40;
const checksumLength = 6;
const tailPattern = /^[0-9A-Za-z]{46}$/;
const prefixPattern = /^[a-z][a-z0-9]{0,15}$/;

/** Says whether `text` may stand before the kind in a token: lower-case letters and digits, 1 to 16, a letter first. */
export function isTokenPrefix(text: string): boolean {
  return prefixPattern.test(text);
}

/** Draws a new token: 238 random bits and a CRC32, so that a mistyped or invented one is known without a lookup. */
export function mintToken(prefix: string, kind: TokenKind): RawToken {
  const body = `${prefix}_${kind}_${randomBase62(secretLength)}`;
  return (body + checksum(body)) as RawToken;
}

/**
 * Reads what a client sent as a token.
 * @param prefixes the prefixes that are taken, the current one and older ones
 * @returns undefined when the text has another shape, another prefix or a checksum that does not match
 */
export function parseToken(text: string, prefixes: readonly string[]): ParsedToken | undefined {
  const kindAt = text.indexOf('_') + 1;
  const tailAt = kindAt + 4;
  if (kindAt === 0 || text.length !== tailAt + secretLength + checksumLength) return undefined;
  if (!prefixes.includes(text.slice(0, kindAt - 1)) || text[tailAt - 1] !== '_') return undefined;
  const kind = tokenKinds.find((name) => name === text.slice(kindAt, tailAt - 1));
  if (kind === undefined || !tailPattern.test(text.slice(tailAt))) return undefined;
  const body = text.slice(0, -checksumLength);
  if (text.slice(-checksumLength) !== checksum(body)) return undefined;
  return { kind, hash: hashToken(text as RawToken) };
}

/** SHA-256 of the whole text. A slow hash would add nothing: the secret has 238 random bits. */
export function hashToken(token: RawToken): TokenHash {
  return hash('sha256', token, 'base64url') as TokenHash;
}

/** By what the session is found that an assume-user token, sent in a header, stands for beside an actor's own token. */
export function headerSessionHash(assumeToken: TokenHash, actorTokenId: string): TokenHash {
  // No token's text begins like this, so nobody can send one that comes to the same.
  return hash('sha256', `header session of ${assumeToken} for ${actorTokenId}`, 'base64url') as TokenHash;
}

/** The last four characters, which lists show so that people recognise a token. */
export function lastFour(token: RawToken): string {
  return token.slice(-4);
}

function checksum(body: string): string {
  return toBase62(crc32(body), checksumLength);
}
