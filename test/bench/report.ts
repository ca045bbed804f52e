import type { ColdLookupResult } from './cold-lookup.ts';
import type { TokenListsResult } from './token-lists.ts';
import type { Medians, Results, Row } from './results.ts';
import type { RevocationResult, Spread } from './revocation.ts';
import type { Estimate } from './statistics.ts';
import {
  matchGoalMicroseconds,
  receiptGoalsMs,
  ringGoalMicroseconds,
  validateGoalSeconds,
  type Target,
} from './targets.ts';

/** The results as text for a terminal. */
export function report(results: Results): string {
  const { machine, settings, subject } = results;
  const parts = [
    `${subject} against each peer, ${results.date}`,
    `${machine.cores} cores (${machine.cpu}), Linux ${machine.kernel}, Node ${machine.node}; ` +
      `${settings.connections} connections, ${settings.rounds} interleaved pairs of ${settings.sampleMs} ms each`,
  ];
  for (const [shape, title] of shapeTitles) {
    const rows = results.rows.filter((row) => row.shape === shape);
    if (rows.length > 0) parts.push('', ...section(title, rows, results));
  }
  if (results.match !== undefined) parts.push('', matchLine(results.match));
  if (results.validate !== undefined) parts.push('', validateLine(results.validate));
  if (results.ring !== undefined) parts.push('', ringLine(results.ring));
  if (results.revocation !== undefined) parts.push('', ...revocationTable(results.revocation));
  if (results.coldLookup !== undefined) parts.push('', ...coldLookupLines(results.coldLookup));
  if (results.tokenLists !== undefined) parts.push('', ...tokenListLines(results.tokenLists));
  return `${parts.join('\n')}\n`;
}

const shapeTitles = [
  ['get', 'GET, 11 header fields, 1 KiB of JSON as answer'],
  ['post', 'POST of 10 KiB, 1 KiB of JSON as answer'],
] as const;

function section(title: string, rows: readonly Row[], { subject, subjectMedians, absent }: Results): string[] {
  const head = ['peer', 'CPU a request', 'requests/s', 'p50', 'p99', 'target (CPU)'];
  const ratios = rows.map((row) => [
    row.title,
    interval(row.ratios.cpuMicroseconds),
    interval(row.ratios.requestsPerSecond),
    interval(row.ratios.p50Ms),
    interval(row.ratios.p99Ms),
    verdict(row.ratios.cpuMicroseconds, row.cpuTarget),
  ]);
  const missing = rows.some(({ shape }) => shape !== 'get')
    ? []
    : absent.map(({ title: name, reason }) => [name, reason, '', '', '', '']);
  const plain = rows.map((row) => [row.title, ...cells(row.medians)]);
  const own = rows[0] && subjectMedians[rows[0].shape];
  return [
    `${title}: ${subject} / peer, median [95 % interval]`,
    ...table([head, ...ratios, ...missing]),
    '',
    'Medians of this run, to read the ratios by:',
    ...table([
      ['', 'CPU us a request', 'requests/s', 'p50 ms', 'p99 ms'],
      ...(own ? [[subject, ...cells(own)]] : []),
      ...plain,
    ]),
  ];
}

function cells(values: Medians): string[] {
  return [
    values.cpuMicroseconds?.toFixed(1) ?? '-',
    values.requestsPerSecond?.toFixed(0) ?? '-',
    values.p50Ms?.toFixed(2) ?? '-',
    values.p99Ms?.toFixed(2) ?? '-',
  ];
}

function interval(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '-';
  return `${estimate.median.toFixed(2)} [${estimate.low.toFixed(2)}..${estimate.high.toFixed(2)}]`;
}

function verdict(estimate: Estimate | undefined, target: Target | undefined): string {
  if (estimate === undefined || target === undefined) return '';
  const bounds = [target.limit, target.goal].filter((bound) => bound !== undefined);
  const isMet = (bound: number) => (target.isLeast ? estimate.median >= bound : estimate.median <= bound);
  return bounds.map((bound) => `${bound.toFixed(2)} ${isMet(bound) ? 'met' : 'missed'}`).join(', ');
}

function ringLine({ bytes, microseconds }: NonNullable<Results['ring']>): string {
  const met = microseconds.median <= ringGoalMicroseconds ? 'met' : 'missed';
  return (
    `Remembering a decision: ${interval(microseconds)} us a request (target ${ringGoalMicroseconds} us, ${met}); ` +
    `a full ring takes ${(bytes / 1024 ** 2).toFixed(1)} MiB`
  );
}

function validateLine({ routes, seconds }: NonNullable<Results['validate']>): string {
  const met = seconds.median <= validateGoalSeconds ? 'met' : 'missed';
  return `wayleave validate of ${routes} routes: ${interval(seconds)} s (target ${validateGoalSeconds} s, ${met})`;
}

function matchLine({ routes, microseconds }: NonNullable<Results['match']>): string {
  const met = microseconds.median <= matchGoalMicroseconds ? 'met' : 'missed';
  return (
    `Canonical path and match among ${routes} routes: ${interval(microseconds)} us ` +
    `(target ${matchGoalMicroseconds} us, ${met})`
  );
}

function revocationTable(results: readonly RevocationResult[]): string[] {
  const spread = ({ p50, p99, most }: Spread): string[] => [p50, p99, most].map((value) => value.toFixed(1));
  const rows = results.map((result) => [
    `push ${result.push}`,
    ...spread(result.receipt),
    ...spread(result.refused),
    String(result.incomplete),
    String(result.passedAfterReceipt),
    `${receiptGoalsMs[result.push]} ${result.receipt.p99 <= receiptGoalsMs[result.push] ? 'met' : 'missed'}`,
  ]);
  const columns = ['receipt p50', 'p99', 'max', 'refused by all p50', 'p99', 'max'];
  return [
    `${results[0]?.revocations ?? 0} revocations on 3 nodes under 200 requests a second, in milliseconds`,
    ...table([['', ...columns, 'incomplete', 'passed after it', 'target (p99)'], ...rows]),
  ];
}

function tokenListLines({ tokens, results }: TokenListsResult): string[] {
  return [
    `pages of 50 among ${tokens} tokens of one organisation, each with its plan:`,
    ...results.flatMap(({ list, p50Ms, p95Ms, plan }) => [
      `${list}: p50 ${p50Ms.toFixed(1)} ms, p95 ${p95Ms.toFixed(1)} ms`,
      ...plan.map((line) => `    ${line}`),
    ]),
  ];
}

function coldLookupLines({ tokens, lookups, p50Ms, p99Ms, plan }: ColdLookupResult): string[] {
  return [
    `${lookups} cold lookups among ${tokens} tokens: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms; plan:`,
    ...plan.map((line) => `  ${line}`),
  ];
}

/** Columns as wide as their widest cell; the first is flush left, the others flush right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}
