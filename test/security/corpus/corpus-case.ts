import { readFileSync } from 'node:fs';

/** What a case asks for; README.md beside the data says what each field means. */
export interface Expectation {
  /** The aim; a list has one answer for each pipelined request; null: closed without an answer. */
  readonly status: number | null | readonly number[];
  /** Other statuses that are tolerated. */
  readonly accept?: readonly number[];
  readonly code?: string;
  /** How many requests the upstream sees. */
  readonly upstream?: number;
  readonly close?: boolean;
  /** Header name and value, `*` for anything. */
  readonly never_upstream?: Readonly<Record<string, string>>;
  readonly must_upstream?: Readonly<Record<string, string>>;
  readonly never_client?: Readonly<Record<string, string>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly never_log?: string;
  readonly never_body?: string;
  readonly body?: string;
  readonly upstream_target?: string;
  readonly upstream_body?: string;
  readonly upstream_connection_tokens?: readonly string[];
  readonly complete?: boolean;
  readonly latency_ms?: number;
  readonly within_ms?: number;
  readonly close_within_ms?: number;
  readonly wait_s?: number;
  readonly note?: string;
}

export interface CorpusCase {
  readonly id: string;
  readonly group: string;
  readonly kind: 'raw' | 'upstream_raw';
  /** The bytes a client sends, with macros; of `upstream_raw` cases a usual request. */
  readonly raw: string;
  /** The bytes the upstream answers, with macros. */
  readonly upstreamSends: string | undefined;
  readonly expect: Expectation;
  readonly why: string;
}

interface CaseLine extends Omit<CorpusCase, 'raw' | 'upstreamSends'> {
  readonly raw?: string;
  readonly input?: { readonly request: string; readonly upstream_sends: string };
}

const usualHead = 'GET /api/items HTTP/1.1\r\nHost: {{HOST}}\r\nAuthorization: Bearer {{T_READ}}\r\n\r\n';

/** Reads a file of cases, one JSON object a line. */
export function readCases(file: URL): CorpusCase[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const { raw = usualHead, input, ...rest } = JSON.parse(line) as CaseLine;
    return { ...rest, raw, upstreamSends: input?.upstream_sends };
  });
}
