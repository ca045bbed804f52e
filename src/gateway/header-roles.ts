import { foldHeaderName, hopByHopHeaders, isReservedHeader } from '../core/reserved-headers.ts';

/** Header fields that the gateway reads itself; each may stand once, but for those that are lists. */
const readFields = [
  'host',
  'authorization',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'cookie',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'traceparent',
  'tracestate',
  'assume-user',
  'assume-reason',
] as const;

/** What becomes of a header field: forwarded, dropped, or read by the gateway. */
export type HeaderRole = 'keep' | 'drop' | (typeof readFields)[number];

const rememberedNames = 2048;
const rememberedLength = 64;

/** Tells a header's role by its name; remembers a bounded number of names, for clients send the same ones. */
export class HeaderClassifier {
  readonly #roles = new Map<string, HeaderRole>();
  readonly #customIdentity: ReadonlySet<string>;

  constructor(customIdentityNames: readonly string[]) {
    this.#customIdentity = new Set(customIdentityNames.map(foldHeaderName));
  }

  /** @param name as the client spelled it */
  roleOf(name: string): HeaderRole {
    const known = this.#roles.get(name);
    if (known !== undefined) return known;
    const role = this.#classify(name);
    if (this.#roles.size < rememberedNames && name.length <= rememberedLength) this.#roles.set(name, role);
    return role;
  }

  #classify(name: string): HeaderRole {
    const lower = name.toLowerCase();
    const read = readFields.find((field) => field === lower);
    if (read !== undefined) return read;
    const folded = foldHeaderName(name);
    if (isReservedHeader(folded, this.#customIdentity)) return 'drop';
    // A twin such as Content_Length or X-Forwarded_For is one variable with the real one in CGI-like upstreams.
    const dangerous =
      hopByHopHeaders.has(folded) || readFields.some((field) => field === folded) || folded === 'expect';
    return dangerous ? 'drop' : 'keep';
  }
}
