import { canonicalPath, type RequestPath } from '../core/request-path.ts';
import type { Problem, ProblemCode } from '../core/problem.ts';
import type { AssumeWish } from '../core/redemption.ts';
import { HeaderClassifier, type HeaderRole } from './header-roles.ts';
import { stripConsoleCookie } from './console-cookie.ts';

/** The head of a request as Node's parser gives it. */
export interface RequestHead {
  readonly method: string;
  /** The request target, one character a byte. */
  readonly target: string;
  readonly httpVersion: string;
  /** Name, value, name, value, as they came. */
  readonly rawHeaders: readonly string[];
}

/** What trusted proxies in front may tell about the client; from anyone else it is not believed. */
export interface ForwardedClaims {
  readonly for: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** A request whose head has one reading and in which nothing speaks in the gateway's name. */
export interface CleanRequest {
  readonly method: string;
  readonly path: RequestPath;
  /** The Host header as it came. */
  readonly authority: string;
  /** Its name without port, in lower case, as routes match it. */
  readonly host: string;
  /** What may go upstream, in its order and spelling: name, value, name, value. */
  readonly headers: readonly string[];
  readonly authorization: string | undefined;
  /** The protocol of an upgrade, in lower case, when `Connection` names it too. */
  readonly upgrade: string | undefined;
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly claims: ForwardedClaims;
  /** What the headers Assume-User and Assume-Reason ask for; they go no further. */
  readonly assume?: AssumeWish;
}

export type SanitizeOutcome =
  | { readonly kind: 'clean'; readonly request: CleanRequest }
  | { readonly kind: 'refused'; readonly problem: Problem };

export interface SanitizeBounds {
  readonly headerFields: number;
  readonly targetBytes: number;
}

/** The one place where reserved, hop-by-hop and Connection-named headers die, before anything else reads a request. */
export class Sanitizer {
  readonly #classifier: HeaderClassifier;
  readonly #bounds: SanitizeBounds;

  /** @param customIdentityNames header names of a custom identity preset */
  constructor(bounds: SanitizeBounds, customIdentityNames: readonly string[]) {
    this.#bounds = bounds;
    this.#classifier = new HeaderClassifier(customIdentityNames);
  }

  /** Checks the head of a request and takes out what no client may say. */
  sanitize(head: RequestHead): SanitizeOutcome {
    if (head.target.length > this.#bounds.targetBytes) {
      return refuse('uri_too_long', `the request target is longer than ${this.#bounds.targetBytes} bytes`);
    }
    if (head.rawHeaders.length / 2 > this.#bounds.headerFields) {
      return refuse('headers_too_large', `the request has more than ${this.#bounds.headerFields} header fields`);
    }
    const path = canonicalPath(head.target);
    if (path.kind === 'refused') return refuse(path.refusal.code, path.refusal.detail);
    const fields = this.#sort(head.rawHeaders);
    const fault = framingFault(head, fields);
    if (fault !== undefined) return refuse('invalid_request', fault);
    // HTTP/1.0 knows requests without Host; routes that name hosts are not for them.
    const host = fields.host === undefined ? '' : hostName(fields.host);
    if (host === undefined) return refuse('invalid_request', 'the Host header is no name or address with a valid port');
    return { kind: 'clean', request: this.#clean(head, path.path, fields, host) };
  }

  #sort(rawHeaders: readonly string[]): SortedFields {
    const fields: SortedFields = { kept: [], repeated: undefined };
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? '';
      const value = rawHeaders[at + 1] ?? '';
      const role = this.#classifier.roleOf(name);
      if (role === 'drop') continue;
      if (role === 'keep') fields.kept.push(name, value);
      else if (role === 'cookie') fields.kept.push(...withoutConsoleCookie(name, value));
      else if (role === 'connection') fields.connection = joined(fields.connection, value);
      else if (role === 'x-forwarded-for') fields[role] = joined(fields[role], value);
      else if (fields[role] === undefined) fields[role] = value;
      else if (singleFields.has(role)) fields.repeated ??= role;
    }
    return fields;
  }

  #clean(head: RequestHead, path: RequestPath, fields: SortedFields, host: string): CleanRequest {
    const nominated = nominatedNames(fields.connection);
    const headers = nominated.size === 0 ? fields.kept : without(fields.kept, nominated);
    return {
      method: head.method,
      path,
      authority: fields.host ?? '',
      host,
      headers,
      authorization: fields.authorization,
      upgrade: nominated.has('upgrade') ? fields.upgrade?.toLowerCase() : undefined,
      contentLength: fields['content-length'] === undefined ? undefined : Number(fields['content-length']),
      chunked: fields['transfer-encoding'] !== undefined,
      claims: {
        for: fields['x-forwarded-for'],
        proto: fields['x-forwarded-proto'],
        host: fields['x-forwarded-host'],
        requestId: fields['x-request-id'],
        traceparent: fields.traceparent,
        tracestate: fields.tracestate,
      },
      ...(fields['assume-user'] !== undefined && {
        assume: { assumeToken: fields['assume-user'], reason: reasonOf(fields['assume-reason']) },
      }),
    };
  }
}

type SingleField = Exclude<HeaderRole, 'keep' | 'drop' | 'cookie'>;
type SortedFields = { kept: string[]; repeated: SingleField | undefined } & { [Role in SingleField]?: string };

/** Fields whose second mention two servers would settle differently. */
const singleFields: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'assume-user',
  'assume-reason',
]);

/** What Node's parser lets through although two servers could read it in two ways (RFC 9112, sections 2.3, 3.2, 6.1). */
function framingFault(head: RequestHead, fields: SortedFields): string | undefined {
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0') return 'the HTTP version is neither 1.0 nor 1.1';
  if (fields.repeated === 'authorization') return 'the request carries two credentials: send one Authorization header';
  if (fields.repeated !== undefined) return `the header ${fields.repeated} stands twice in the request; send it once`;
  if (fields.host === undefined && head.httpVersion === '1.1') return 'the Host header is missing';
  const coding = fields['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (head.httpVersion === '1.0') return 'Transfer-Encoding is not part of HTTP/1.0';
  if (fields['content-length'] !== undefined) return 'Content-Length and Transfer-Encoding exclude each other';
  return coding.toLowerCase() === 'chunked' ? undefined : 'the only transfer coding taken is "chunked"';
}

const hostPattern = /^(?:([A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-]))*)\.?|(\[[0-9A-Fa-f:.]+\]))(?::(\d{1,5}))?$/;

/** The name of a Host header without port, in lower case and without a final dot; undefined when it is none. */
function hostName(authority: string): string | undefined {
  const match = hostPattern.exec(authority);
  if (match === null || Number(match[3] ?? 0) > 65_535) return undefined;
  return (match[1] ?? match[2])?.toLowerCase();
}

function nominatedNames(connection: string | undefined): ReadonlySet<string> {
  // What nearly every client sends names nothing that could be taken away.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return none;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}

const none: ReadonlySet<string> = new Set();

/** Takes away what `Connection` names (RFC 9110, section 7.6.1). */
function without(headers: readonly string[], nominated: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!nominated.has(name.toLowerCase())) kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}

function withoutConsoleCookie(name: string, value: string): string[] {
  const cookie = stripConsoleCookie(value);
  return cookie === undefined ? [] : [name, cookie];
}

/** Node takes header bytes for Latin-1; people write UTF-8. */
function reasonOf(value: string | undefined): string | undefined {
  if (value === undefined || plainText.test(value)) return value;
  return Buffer.from(value, 'latin1').toString();
}

const plainText = /^[\x20-\x7e]*$/;

function joined(former: string | undefined, value: string): string {
  return former === undefined ? value : `${former}, ${value}`;
}

function refuse(code: ProblemCode, detail: string): SanitizeOutcome {
  return { kind: 'refused', problem: { code, detail } };
}
