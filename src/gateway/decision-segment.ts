import type { LookupSource } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';

/** One decision as numbers and one text, apart from whose token it was. */
export interface SegmentEntry {
  /** Epoch milliseconds at which the answer closed. */
  readonly at: number;
  readonly durationMs: number;
  /** NaN: not sent on. */
  readonly upstreamMs: number;
  /** NaN: not known. */
  readonly ageMs: number;
  /** NaN: it was not stale. */
  readonly staleMs: number;
  /** How many more would have passed at once; NaN: it was not counted. */
  readonly remaining: number;
  readonly status: number;
  readonly outcome: DecisionOutcome;
  readonly source: LookupSource | undefined;
  /** Which of the configurations it was decided by, counted from the start of the process. */
  readonly configNumber: number;
}

export type DecisionOutcome = 'allowed' | 'denied' | 'undecided';

export const segmentSlots = 4096;
export const segmentTextBytes = 1024 * 1024;
/** A character of the texts takes no more than this in UTF-8. */
const bytesPerUnit = 3;

const outcomes = ['undecided', 'allowed', 'denied'] as const satisfies readonly DecisionOutcome[];
const sources = [undefined, 'memory', 'redis', 'postgres', 'stale'] as const satisfies readonly (
  | LookupSource
  | undefined
)[];

/** Per slot, in this order: duration, upstream, age, staleness, what a rate limit left. */
const timings = 5;

/**
 * Decisions in the order in which they came, in memory that is taken once and that the garbage collector need not walk:
 * numbers in columns, texts as bytes. Of objects it keeps the records of tokens alone, which are there anyhow.
 */
export class DecisionSegment {
  readonly #at = new Float64Array(segmentSlots);
  readonly #timings = new Float32Array(segmentSlots * timings);
  readonly #statuses = new Uint16Array(segmentSlots);
  readonly #outcomes = new Uint8Array(segmentSlots);
  readonly #sources = new Uint8Array(segmentSlots);
  readonly #configs = new Uint32Array(segmentSlots);
  /** Of the first line of each text, so that a search looks at few texts. */
  readonly #hashes = new Uint32Array(segmentSlots);
  readonly #textEnds = new Uint32Array(segmentSlots);
  readonly #records = Array.from<TokenRecord | undefined>({ length: segmentSlots }).fill(undefined);
  readonly #text = Buffer.allocUnsafeSlow(segmentTextBytes);
  #length = 0;
  #textLength = 0;

  get length(): number {
    return this.#length;
  }

  /** Epoch milliseconds of the oldest decision; undefined: there is none. */
  get oldestAt(): number | undefined {
    return this.#length === 0 ? undefined : this.#at[0];
  }

  /** @returns false when there is no room */
  add(entry: SegmentEntry, text: string, record: TokenRecord | undefined): boolean {
    const slot = this.#length;
    if (slot === segmentSlots || this.#textLength + text.length * bytesPerUnit > segmentTextBytes) return false;
    this.#at[slot] = entry.at;
    const first = slot * timings;
    this.#timings[first] = entry.durationMs;
    this.#timings[first + 1] = entry.upstreamMs;
    this.#timings[first + 2] = entry.ageMs;
    this.#timings[first + 3] = entry.staleMs;
    this.#timings[first + 4] = entry.remaining;
    this.#statuses[slot] = entry.status;
    this.#outcomes[slot] = outcomes.indexOf(entry.outcome);
    this.#sources[slot] = sources.indexOf(entry.source);
    this.#configs[slot] = entry.configNumber;
    this.#hashes[slot] = hashOfLine(text);
    this.#records[slot] = record;
    this.#textLength += this.#text.write(text, this.#textLength, segmentTextBytes - this.#textLength);
    this.#textEnds[slot] = this.#textLength;
    this.#length = slot + 1;
    return true;
  }

  /** Forgets everything, the texts as well. */
  clear(): void {
    this.#length = 0;
    this.#textLength = 0;
    this.#records.fill(undefined);
    this.#text.fill(0);
  }

  /** The slots whose text has this first line, the newest first. */
  slotsBeginning(line: string): number[] {
    const wanted = Buffer.from(`${line}\n`, 'utf8');
    const hash = hashOfLine(line);
    const found: number[] = [];
    for (let slot = this.#length - 1; slot >= 0; slot--) {
      if (this.#hashes[slot] !== hash) continue;
      const start = this.#textStart(slot);
      const end = start + wanted.length;
      if (end <= (this.#textEnds[slot] ?? 0) && wanted.compare(this.#text, start, end) === 0) found.push(slot);
    }
    return found;
  }

  read(slot: number): { entry: SegmentEntry; text: string; record: TokenRecord | undefined } {
    const first = slot * timings;
    const timing = (offset: number): number => this.#timings[first + offset] ?? Number.NaN;
    const entry: SegmentEntry = {
      at: this.#at[slot] ?? 0,
      durationMs: timing(0),
      upstreamMs: timing(1),
      ageMs: timing(2),
      staleMs: timing(3),
      remaining: timing(4),
      status: this.#statuses[slot] ?? 0,
      outcome: outcomes[this.#outcomes[slot] ?? 0] ?? 'undecided',
      source: sources[this.#sources[slot] ?? 0],
      configNumber: this.#configs[slot] ?? 0,
    };
    const text = this.#text.toString('utf8', this.#textStart(slot), this.#textEnds[slot]);
    return { entry, text, record: this.#records[slot] };
  }

  #textStart(slot: number): number {
    return slot === 0 ? 0 : (this.#textEnds[slot - 1] ?? 0);
  }
}

/** FNV-1a of the text up to its first line break. */
function hashOfLine(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === lineBreak) break;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

const lineBreak = 0x0a;
