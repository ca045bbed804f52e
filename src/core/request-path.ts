/**
 * The one canonical path of a request (RFC 3986, sections 2.3, 3.3 and 6.2.2). What is matched is derived from the very
 * string that is forwarded; whatever an upstream could read differently is refused.
 */
export interface RequestPath {
  /** The canonical path: unreserved characters decoded, other escapes in upper case. This string is forwarded. */
  readonly path: string;
  /** The segments of `path`, still escaped, without the empty one that a final slash leaves. */
  readonly segments: readonly string[];
  /** What literals of a route are compared with: each segment decoded and without its `;` parameters. */
  readonly keys: readonly string[];
  readonly finalSlash: boolean;
  /** The query with its question mark, byte for byte as it came, or the empty text. */
  readonly query: string;
  readonly hasSemicolon: boolean;
  readonly hasEncodedSlash: boolean;
}

export type PathRefusal = { readonly code: 'path_ambiguous' | 'invalid_request'; readonly detail: string };

export type PathOutcome =
  | { readonly kind: 'canonical'; readonly path: RequestPath }
  | { readonly kind: 'refused'; readonly refusal: PathRefusal };

/** Paths that need no work: no escape, no dot at the start of a segment, no empty segment. */
const plainPath = /^(?:\/(?!\.)[A-Za-z0-9\-._~!$&'()*+,=:@]+)*\/?$/;
const pathCharacters = /^[A-Za-z0-9\-._~!$&'()*+,=:@%;/]*$/;
const queryCharacters = /^[\x21\x22\x24-\x7e\x80-\xff]*$/;
const unreserved = /[A-Za-z0-9\-._~]/;
const escape = /%([0-9A-Fa-f]{2})/g;
const controls = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Makes the canonical path of a request target.
 * @param target the request target of the request line as Node gives it (one character a byte)
 */
export function canonicalPath(target: string): PathOutcome {
  if (!target.startsWith('/')) return refuseForm(target);
  const queryAt = target.indexOf('?');
  const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
  const query = queryAt === -1 ? '' : target.slice(queryAt);
  if (target.includes('#')) return ambiguous('a fragment (#) does not belong into a request target; remove it');
  if (!queryCharacters.test(query)) return invalid('the query holds a control character or a space; percent-encode it');
  return plainPath.test(rawPath) ? canonical(plain(rawPath, query)) : canonicalSegments(rawPath, query);
}

function plain(path: string, query: string): RequestPath {
  const finalSlash = path.endsWith('/');
  const segments = path === '/' ? [] : path.slice(1, finalSlash ? -1 : undefined).split('/');
  return { path, segments, keys: segments, finalSlash, query, hasSemicolon: false, hasEncodedSlash: false };
}

function canonicalSegments(rawPath: string, query: string): PathOutcome {
  if (rawPath.includes('\\'))
    return ambiguous('a backslash is a slash to some servers; percent-encoding it does not help');
  if (!pathCharacters.test(rawPath)) {
    return ambiguous('the path holds a character that must be percent-encoded (RFC 3986, section 3.3)');
  }
  const pieces = rawPath.slice(1).split('/');
  const finalSlash = pieces.at(-1) === '';
  if (finalSlash) pieces.pop();
  const segments: string[] = [];
  const keys: string[] = [];
  for (const piece of pieces) {
    const read = readSegment(piece);
    if (typeof read !== 'string') return { kind: 'refused', refusal: read };
    segments.push(read);
    keys.push(matchKey(read));
  }
  if (keys.includes('')) return ambiguous('a segment holds nothing but parameters, which some servers cut off');
  const path = `/${segments.join('/')}${finalSlash && segments.length > 0 ? '/' : ''}`;
  const hasSemicolon = segments.some((segment) => /;|%3B/.test(segment));
  const hasEncodedSlash = segments.some((segment) => segment.includes('%2F'));
  return canonical({ path, segments, keys, finalSlash, query, hasSemicolon, hasEncodedSlash });
}

/** Decodes what is unreserved, puts other escapes in upper case, and refuses a segment with a second reading. */
function readSegment(piece: string): string | PathRefusal {
  if (piece === '') return refusal('an empty segment (//) is dropped by some servers; send one slash');
  if (/%(?![0-9A-Fa-f]{2})/.test(piece)) return refusal('a percent sign is not followed by two hexadecimal digits');
  const segment = piece.replace(escape, (_, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return unreserved.test(character) ? character : `%${digits.toUpperCase()}`;
  });
  if (isDots(segment))
    return refusal('a dot segment (. or ..) is resolved by some servers; send the path it stands for');
  const decoded = decodeStrictly(segment);
  if (decoded === undefined) return refusal('an escape does not decode to UTF-8');
  const doubt = secondReading(segment, decoded);
  return doubt === undefined ? segment : refusal(doubt);
}

/** Where a server that decodes before it parses sees the end of a segment. */
const delimiters = /[/;?#]/;

/** What a server could find in a segment that decodes it, decodes it again, or folds compatible characters. */
function secondReading(segment: string, decoded: string): string | undefined {
  if (controls.test(decoded)) return 'a control character is encoded in the path';
  if (decoded.includes('\\')) return 'an encoded backslash (%5C) is a slash to some servers';
  if (decoded.split(delimiters).some(isDots)) return 'a dot segment is hidden behind an escape or a parameter';
  if (!segment.includes('%')) return undefined;
  const slashes = decoded.split('/').length;
  const semicolons = decoded.split(';').length;
  const again = decodeOnce(decoded);
  const compatible = decoded.normalize('NFKC');
  for (const reading of [again, compatible, again.normalize('NFKC'), decodeOnce(compatible)]) {
    if (reading.includes('\\') || controls.test(reading)) return 'one more decoding turns up a backslash or a control';
    if (reading.split('/').length > slashes) return 'one more decoding turns up a slash';
    if (reading.split(';').length > semicolons) return 'one more decoding turns up a semicolon';
    if (reading.split(delimiters).some(isDots)) return 'one more decoding turns up a dot segment';
  }
  return undefined;
}

function decodeOnce(text: string): string {
  return text.replace(escape, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function matchKey(segment: string): string {
  const parametersAt = segment.search(/;|%3B/);
  return decodeURIComponent(parametersAt === -1 ? segment : segment.slice(0, parametersAt));
}

function decodeStrictly(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function isDots(text: string): boolean {
  return text === '.' || text === '..';
}

/** Absolute-form, authority-form and asterisk-form: nothing a reverse proxy forwards. */
function refuseForm(target: string): PathOutcome {
  const afterAuthority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*(\/.*)$/.exec(target)?.[1];
  const inner = afterAuthority === undefined ? undefined : canonicalPath(afterAuthority);
  if (inner?.kind === 'refused') return inner;
  return invalid('the request target must begin with a slash (origin-form, RFC 9112 section 3.2.1)');
}

function canonical(path: RequestPath): PathOutcome {
  return { kind: 'canonical', path };
}

function refusal(detail: string): PathRefusal {
  return { code: 'path_ambiguous', detail };
}

function ambiguous(detail: string): PathOutcome {
  return { kind: 'refused', refusal: refusal(detail) };
}

function invalid(detail: string): PathOutcome {
  return { kind: 'refused', refusal: { code: 'invalid_request', detail } };
}
