import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { mintToken } from '../../src/core/token.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { cleanUp } from '../support/cleanup.ts';
import { Children } from './children.ts';
import { measureColdLookup } from './cold-lookup.ts';
import { compilePrograms } from './compile.ts';
import type { MatchResult } from './match.ts';
import { compareAll, type Comparison, type Contestant, type Settings } from './measure.ts';
import type { RingResult } from './ring.ts';
import { isWanted, partNames, readOptions, usage, type Options } from './options.ts';
import { allPeers } from './peers/all.ts';
import type { Peer } from './peers/peer.ts';
import { report } from './report.ts';
import { measureRevocation, type RevocationResult } from './revocation.ts';
import { machineOf, matchOf, ringOf, rowOf, validateOf, subjectMediansOf, type Results } from './results.ts';
import { measureTokenLists } from './token-lists.ts';
import { measureValidate } from './validate.ts';
import { verify } from './verify.ts';

const runLimitMs = 15 * 60_000;

async function main(): Promise<void> {
  const today = new Date(systemClock.now()).toISOString().slice(0, 10);
  const options = readOptions(process.argv.slice(2), today);
  if (options === undefined) {
    process.stdout.write(usage);
    return;
  }
  const children = new Children();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  setTimeout(() => fail(new Error(`the run took longer than ${runLimitMs / 60_000} minutes`)), runLimitMs).unref();
  try {
    const results = await run(children, options, today);
    process.stdout.write(report(results));
    if (options.json !== undefined) save(options.json, results);
  } finally {
    await children.stopAll();
    await cleanUp();
  }
}

async function run(children: Children, options: Options, today: string): Promise<Results> {
  const { rounds, subject } = options;
  const peers = peersOf(options);
  note('compiling');
  compilePrograms();
  const match = isWanted(options, 'match') ? await measureMatch(children, rounds) : undefined;
  const validate = isWanted(options, 'validate') ? await measureFile(options) : undefined;
  const ring = isWanted(options, 'ring') ? await measureRing(children, rounds) : undefined;
  const revocation = isWanted(options, 'revocation') ? await measureRevocations(options) : undefined;
  const coldLookup = isWanted(options, 'cold-lookup') ? await measureLargeTable(options) : undefined;
  const tokenLists = isWanted(options, 'token-lists') ? await measureLists(options) : undefined;
  const { contestants, absent } = await startAll(children, peers, options);
  const samples = await measure(children, contestants, options);
  return {
    date: today,
    machine: machineOf(),
    settings: settingsOf(options),
    subject,
    subjectMedians: subjectMediansOf(samples),
    rows: samples.map((comparison) => rowOf(comparison, subject)),
    absent,
    match,
    validate,
    ring,
    revocation,
    coldLookup,
    tokenLists,
    samples,
  };
}

/** The subject and the peers it is compared with, in the order of the table. */
function peersOf({ subject, only }: Options): Peer[] {
  const others = only?.filter((name) => !partNames.some((part) => part === name)) ?? allPeers.map((peer) => peer.name);
  if (others.length === 0) return [];
  const names = new Set([subject, ...others]);
  const unknown = [...names].find((name) => !allPeers.some((peer) => peer.name === name));
  if (unknown === undefined) return allPeers.filter((peer) => names.has(peer.name));
  throw new Error(`there is no peer "${unknown}"; there are ${allPeers.map((peer) => peer.name).join(', ')}`);
}

async function startAll(
  children: Children,
  peers: readonly Peer[],
  options: Options,
): Promise<{ contestants: Contestant[]; absent: { title: string; reason: string }[] }> {
  const contestants: Contestant[] = [];
  const absent: { title: string; reason: string }[] = [];
  const upstream = await children.fork('servers/upstream');
  const context = {
    children,
    upstreamPort: upstream.port,
    gatewayProgram: options.program,
    token: mintToken('wl', 'pat'),
  };
  for (const peer of peers) {
    note(`starting: ${peer.title}`);
    const running = await peer.start(context);
    if (typeof running === 'string') absent.push({ title: peer.title, reason: running });
    else contestants.push({ peer, running });
  }
  for (const contestant of contestants) await verify(contestant);
  return { contestants, absent };
}

async function measure(
  children: Children,
  contestants: readonly Contestant[],
  options: Options,
): Promise<Comparison[]> {
  if (contestants.length === 0) return [];
  const subject = contestants.find(({ peer }) => peer.name === options.subject);
  if (subject === undefined) throw new Error(`"${options.subject}" is what the others are compared with; it must run`);
  const others = contestants.filter((contestant) => contestant !== subject);
  const generator = await children.fork('servers/load-generator');
  const bench = { generator, subject, others, settings: settingsOf(options), note };
  const comparisons: Comparison[] = [];
  for (const shape of options.shapes) comparisons.push(...(await compareAll(bench, shape)));
  return comparisons;
}

async function measureMatch(children: Children, rounds: number): Promise<Results['match']> {
  note('matching among 10,000 routes');
  const program = await children.fork('match');
  return matchOf((await program.ask({ rounds }, 120_000)) as MatchResult);
}

async function measureFile({ program, rounds }: Options): Promise<Results['validate']> {
  note('validating 10,000 routes');
  return validateOf(await measureValidate(program, rounds));
}

async function measureRing(children: Children, rounds: number): Promise<Results['ring']> {
  note('remembering decisions');
  const program = await children.fork('ring');
  return ringOf((await program.ask({ rounds }, 120_000)) as RingResult);
}

async function measureRevocations({ revocations, program }: Options): Promise<RevocationResult[]> {
  const results: RevocationResult[] = [];
  for (const push of ['on', 'off'] as const) {
    note(`revoking ${revocations} tokens on three nodes, push ${push}`);
    results.push(await measureRevocation({ push, revocations, program }));
  }
  return results;
}

function measureLargeTable({ tokens }: Options): Promise<Results['coldLookup']> {
  note(`looking tokens up among ${tokens}`);
  return measureColdLookup(tokens);
}

function measureLists({ tokens }: Options): Promise<Results['tokenLists']> {
  note(`listing ${tokens} tokens`);
  return measureTokenLists(tokens);
}

function settingsOf({ rounds, connections, sampleMs, warmUpMs }: Options): Settings {
  return { rounds, connections, sampleMs, warmUpMs };
}

function save(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  note(`written: ${file}`);
}

function note(progress: string): void {
  process.stderr.write(`${progress}\n`);
}

function fail(error: unknown): never {
  note(error instanceof Error ? `bench: ${error.message}` : String(error));
  process.exit(1);
}

main().catch(fail);
