import type { Exchanged, RawAnswer } from '../../support/raw-client.ts';
import type { RecordedRequest } from '../../support/recording-upstream.ts';
import { valuesOf } from '../../support/wire-reader.ts';
import type { CorpusCase, Expectation } from './corpus-case.ts';
import { expandText } from './macros.ts';
import { pace } from '../world.ts';
import type { Observation } from './run-case.ts';

/** What is wrong with what was seen of a case; an empty list when nothing is. */
export function faultsOf(corpusCase: CorpusCase, seen: Observation, names: ReadonlyMap<string, string>): string[] {
  const { expect } = corpusCase;
  const isAim = hasStatus(seen.client, expect.status);
  return [
    ...(isAim || isAccepted(seen.client, expect)
      ? []
      : [`status ${statuses(seen.client)}, not ${JSON.stringify(expect.status)}`]),
    ...(isAim ? aimFaults(corpusCase, seen) : refusalFaults(seen)),
    ...(isAim ? answerFaults(expect, seen.client) : []),
    ...neverFaults(expect, seen.client, names),
    ...wholenessFaults(corpusCase, seen.client),
    ...upstreamFaults(corpusCase, seen.upstream.requests, names),
    ...timeFaults(expect, seen.client),
    ...(expect.never_log !== undefined && seen.log.includes(expandText(expect.never_log, names))
      ? ['the log has what it must not']
      : []),
    ...alwaysFaults(seen),
  ];
}

/** Whether the answers are the very ones a case aims at. */
export function hasStatus({ answers }: Exchanged, aim: Expectation['status']): boolean {
  if (aim === null) return answers.length === 0;
  const wanted = typeof aim === 'number' ? [aim] : aim;
  return answers.length === wanted.length && answers.every(({ status }, at) => status === wanted[at]);
}

function isAccepted({ answers }: Exchanged, { accept = [] }: Expectation): boolean {
  return answers.length === 1 && answers[0] !== undefined && accept.includes(answers[0].status);
}

function statuses({ answers, closed, strayBytes }: Exchanged): string {
  const list = answers.map(({ status, body }) => `${status} ${body.slice(0, 200)}`).join(' + ');
  return `${list || 'none'}${closed ? ' (closed)' : ''}${strayBytes === '' ? '' : ` and ${JSON.stringify(strayBytes.slice(0, 80))}`}`;
}

function aimFaults({ expect }: CorpusCase, { client, upstream }: Observation): string[] {
  const faults: string[] = [];
  const code = codeOf(client.answers.at(-1));
  if (expect.code !== undefined && code !== expect.code) faults.push(`code ${code}, not ${expect.code}`);
  if (expect.upstream !== undefined && upstream.requests.length !== expect.upstream) {
    const seen = upstream.requests.map(({ startLine }) => startLine).join(' + ');
    faults.push(`${upstream.requests.length} requests upstream, not ${expect.upstream}: ${seen}`);
  }
  return faults;
}

/** A case that is answered otherwise than aimed at is refused wholly or passed wholly. */
function refusalFaults({ client, upstream }: Observation): string[] {
  const isRefused =
    client.answers.length > 0 &&
    client.answers.every(
      ({ status, headers }) => status >= 400 && status < 500 && valuesOf(headers, 'x-wayleave-error').length > 0,
    );
  const whole = upstream.requests.filter(({ complete }) => complete);
  return isRefused && whole.length > 0
    ? [`refused, and yet upstream: ${whole.map(({ startLine }) => startLine).join(' + ')}`]
    : [];
}

function answerFaults(expect: Expectation, client: Exchanged): string[] {
  const faults: string[] = [];
  const body = bodyOf(client);
  if (expect.close === true && !client.closed) faults.push('the connection stays open');
  if (expect.body !== undefined && body !== expect.body) faults.push(`body ${JSON.stringify(body)}`);
  for (const [name, pattern] of Object.entries(expect.header ?? {})) {
    const values = valuesOf(client.answers[0]?.headers ?? [], name);
    if (!values.some((value) => like(pattern).test(value))) faults.push(`${name}: ${values.join(' | ') || 'missing'}`);
  }
  return faults;
}

function neverFaults(expect: Expectation, client: Exchanged, names: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  const fields = client.answers.flatMap((each) => [...each.headers, ...each.trailers]);
  for (const [name, pattern] of Object.entries(expect.never_client ?? {})) {
    if (valuesOf(fields, name).some((value) => like(pattern).test(value))) faults.push(`the client got ${name}`);
  }
  if (expect.never_body !== undefined && bodyOf(client).includes(expandText(expect.never_body, names))) {
    faults.push('the body has what it must not');
  }
  return faults;
}

function bodyOf({ answers }: Exchanged): string {
  return answers.map(({ body }) => body).join('');
}

/** Whether an answer that the upstream cut off looks cut off, and a whole one whole. */
function wholenessFaults({ expect, group }: CorpusCase, client: Exchanged): string[] {
  if (expect.complete === undefined || group !== 'upstream-response') return [];
  const isWhole = client.answers.every(({ complete }) => complete) && !client.reset;
  return isWhole === expect.complete ? [] : [`the answer looks ${isWhole ? 'whole' : 'cut off'}`];
}

function upstreamFaults(
  { expect, group }: CorpusCase,
  requests: readonly RecordedRequest[],
  names: ReadonlyMap<string, string>,
): string[] {
  const faults: string[] = [];
  for (const request of requests) {
    const fields = [...request.headers, ...request.trailers];
    for (const [name, pattern] of Object.entries(expect.never_upstream ?? {})) {
      const values = valuesOf(fields, name).filter((value) => like(expandText(pattern, names)).test(value));
      if (values.length > 0) faults.push(`the upstream got ${name}: ${values.join(' | ')}`);
    }
    for (const [name, pattern] of Object.entries(expect.must_upstream ?? {})) {
      if (!valuesOf(fields, name).some((value) => like(expandText(pattern, names)).test(value)))
        faults.push(`the upstream lacks ${name}`);
    }
    if (expect.upstream_target !== undefined && request.target !== expandText(expect.upstream_target, names))
      faults.push(`target ${request.target}`);
    if (expect.upstream_body !== undefined && request.body !== expandText(expect.upstream_body, names))
      faults.push(`upstream body ${JSON.stringify(request.body.slice(0, 200))}`);
    if (expect.upstream_connection_tokens !== undefined)
      faults.push(...connectionFaults(request, expect.upstream_connection_tokens));
    if (expect.complete === false && group !== 'upstream-response' && request.complete)
      faults.push('the upstream got a whole request');
  }
  return faults;
}

function connectionFaults(request: RecordedRequest, allowed: readonly string[]): string[] {
  const tokens = valuesOf(request.headers, 'connection')
    .flatMap((value) => value.toLowerCase().split(','))
    .map((token) => token.trim());
  const others = tokens.filter((token) => !['keep-alive', 'close', ...allowed].includes(token));
  return others.map((token) => `Connection names ${token} upstream`);
}

/** An answer took longer than a case allows; on a busy machine that may be a coincidence. */
export const slowFault = 'the answer was slow';

function timeFaults(expect: Expectation, client: Exchanged): string[] {
  const slackMs = 2000;
  const faults: string[] = [];
  const boundMs = expect.wait_s === undefined ? expect.within_ms : expect.wait_s * 1000 * pace;
  const atMs = client.answers[0]?.atMs;
  if (expect.latency_ms !== undefined && (atMs ?? Infinity) > expect.latency_ms) faults.push(slowFault);
  if (boundMs !== undefined && atMs !== undefined && atMs > boundMs + slackMs)
    faults.push(`answered after ${atMs} ms, not ${boundMs}`);
  if (expect.close_within_ms !== undefined && (client.closedAtMs ?? Infinity) > expect.close_within_ms + slackMs)
    faults.push(`closed after ${client.closedAtMs} ms`);
  return faults;
}

/** What holds for every case. */
function alwaysFaults({ client, upstream, after, isAlive }: Observation): string[] {
  const faults: string[] = [];
  if (!isAlive) faults.push('the process has ended');
  const open = upstream.requests.filter(({ complete, closed }) => !complete && !closed);
  if (open.length > 0) faults.push(`left open upstream: ${open.map(({ startLine }) => startLine).join(' + ')}`);
  if (client.strayBytes !== '')
    faults.push(`stray bytes at the client: ${JSON.stringify(client.strayBytes.slice(0, 80))}`);
  if (upstream.strayBytes.length > 0)
    faults.push(`stray bytes upstream: ${JSON.stringify(upstream.strayBytes.join(' ').slice(0, 200))}`);
  const next = after.answers[0];
  if (next?.status !== 200 || next.body !== 'ok' || !next.complete)
    faults.push(`the next good request got ${statuses(after)}`);
  return faults;
}

function codeOf(answer: RawAnswer | undefined): string | undefined {
  if (answer === undefined) return undefined;
  try {
    const document = JSON.parse(answer.body) as { code?: string };
    return document.code;
  } catch {
    return valuesOf(answer.headers, 'x-wayleave-error')[0];
  }
}

/** A pattern with `*` for any text. */
function like(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
}
