import { cpus, release } from 'node:os';
import { requestShapes, type RequestShape } from './load.ts';
import type { ColdLookupResult } from './cold-lookup.ts';
import type { TokenListsResult } from './token-lists.ts';
import type { MatchResult } from './match.ts';
import type { RingResult } from './ring.ts';
import type { ValidateResult } from './validate.ts';
import type { Comparison, Sample, Settings } from './measure.ts';
import type { RevocationResult } from './revocation.ts';
import { estimateMedian, type Estimate } from './statistics.ts';
import { cpuTargets, type Target } from './targets.ts';

type Measure = 'cpuMicroseconds' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms';

/** Of this machine at this time, to read the ratios by; they don't compare with another run's. */
export type Medians = Readonly<Record<Measure, number | undefined>>;

/** The subject against one peer with one kind of request. Ratios are subject / peer; undefined where a side has none. */
export interface Row {
  readonly peer: string;
  readonly title: string;
  readonly shape: RequestShape;
  readonly ratios: Readonly<Record<Measure, Estimate | undefined>>;
  readonly medians: Medians;
  readonly cpuTarget: Target | undefined;
}

/** All that a run found out, as it is written to the JSON file. */
export interface Results {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string; readonly node: string };
  readonly settings: Settings;
  readonly subject: string;
  readonly subjectMedians: Readonly<Partial<Record<RequestShape, Medians>>>;
  readonly rows: readonly Row[];
  readonly absent: readonly { readonly title: string; readonly reason: string }[];
  readonly match: { readonly routes: number; readonly microseconds: Estimate } | undefined;
  readonly validate: { readonly routes: number; readonly seconds: Estimate } | undefined;
  readonly ring: { readonly bytes: number; readonly microseconds: Estimate } | undefined;
  /** With push and without. */
  readonly revocation: readonly RevocationResult[] | undefined;
  readonly coldLookup: ColdLookupResult | undefined;
  readonly tokenLists: TokenListsResult | undefined;
  /** Every pair as it was measured. */
  readonly samples: readonly Comparison[];
}

export function machineOf(): Results['machine'] {
  const cores = cpus();
  return { cpu: cores[0]?.model ?? 'unknown', cores: cores.length, kernel: release(), node: process.version };
}

export function ringOf({ bytes, microseconds }: RingResult): Results['ring'] {
  return { bytes, microseconds: estimateMedian(microseconds) };
}

export function validateOf({ routes, seconds }: ValidateResult): Results['validate'] {
  return { routes, seconds: estimateMedian(seconds) };
}

export function matchOf(result: MatchResult): Results['match'] {
  return { routes: result.routes, microseconds: estimateMedian(result.microseconds) };
}

/** What the pairs of one comparison say. Targets are for the gateway as the subject, with GET. */
export function rowOf({ other, shape, pairs }: Comparison, subject: string): Row {
  const isTarget = subject === 'gateway' && shape === 'get';
  return {
    peer: other.name,
    title: other.title,
    shape,
    ratios: byMeasure((measure) => {
      const ratios = pairs.map((pair) => ratio(pair.subject[measure], pair.other[measure]));
      const known = ratios.filter((value) => value !== undefined);
      return known.length === 0 ? undefined : estimateMedian(known);
    }),
    medians: mediansOf(pairs.map((pair) => pair.other)),
    cpuTarget: isTarget ? cpuTargets[other.name] : undefined,
  };
}

/** The medians of the subject's samples, by the kind of request. */
export function subjectMediansOf(comparisons: readonly Comparison[]): Results['subjectMedians'] {
  const ofShape = (shape: RequestShape): Sample[] =>
    comparisons.filter((one) => one.shape === shape).flatMap(({ pairs }) => pairs.map((pair) => pair.subject));
  return Object.fromEntries(requestShapes.map((shape) => [shape, mediansOf(ofShape(shape))]));
}

function mediansOf(samples: readonly Sample[]): Medians {
  return byMeasure((measure) => {
    const known = samples.map((sample) => sample[measure]).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : estimateMedian(known).median;
  });
}

function ratio(subject: number | undefined, other: number | undefined): number | undefined {
  return subject === undefined || other === undefined ? undefined : subject / other;
}

function byMeasure<Value>(of: (measure: Measure) => Value): Record<Measure, Value> {
  return {
    cpuMicroseconds: of('cpuMicroseconds'),
    requestsPerSecond: of('requestsPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  };
}
