import { Counter, type CounterConfiguration, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** One number that only grows. */
export interface Cell {
  count: number;
}

type Values = MetricObjectWithValues<MetricValue<string>>;

/**
 * A counter whose cells are plain numbers. prom-client hashes labels at each increment, which is too much on the path
 * of every request (5 us of it); here labels are settled once and read when somebody asks for the metrics.
 */
export class TalliedCounter extends Counter {
  readonly #labelNames: readonly string[];
  readonly #cells = new Map<string, { readonly labels: Record<string, string>; readonly cell: Cell }>();

  constructor(configuration: CounterConfiguration<string>) {
    super(configuration);
    this.#labelNames = configuration.labelNames ?? [];
  }

  /** The cell of label values in the order of the label names; to be kept by whoever counts often. */
  cell(...values: string[]): Cell {
    const key = values.join('\u0000');
    const known = this.#cells.get(key);
    if (known !== undefined) return known.cell;
    const cell = { count: 0 };
    this.#cells.set(key, { labels: labelled(this.#labelNames, values), cell });
    return cell;
  }

  /** Drops the series whose value of a label is not wanted any more. */
  keep(label: string, isWanted: (value: string) => boolean): void {
    for (const [key, { labels }] of this.#cells) if (!isWanted(labels[label] ?? '')) this.#cells.delete(key);
  }

  override async get(): Promise<Values> {
    const values = [...this.#cells.values()].map(({ labels, cell }) => ({ labels, value: cell.count }));
    return { ...(await super.get()), values };
  }
}

/** Durations counted into buckets. */
export class Durations {
  readonly counts: number[];
  readonly #bounds: readonly number[];
  sum = 0;
  total = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.sum += seconds;
    this.total++;
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }
}

/** A histogram by one label, counted in the same way. */
export class TalliedHistogram extends Counter {
  readonly #name: string;
  readonly #label: string;
  readonly #bounds: readonly number[];
  readonly #durations = new Map<string, Durations>();

  constructor(configuration: CounterConfiguration<string>, label: string, bounds: readonly number[]) {
    super(configuration);
    this.#name = configuration.name;
    this.#label = label;
    this.#bounds = bounds;
  }

  of(value: string): Durations {
    let known = this.#durations.get(value);
    if (known === undefined) this.#durations.set(value, (known = new Durations(this.#bounds)));
    return known;
  }

  /** Drops the series of values that are not wanted any more. */
  keep(isWanted: (value: string) => boolean): void {
    for (const value of this.#durations.keys()) if (!isWanted(value)) this.#durations.delete(value);
  }

  override async get(): Promise<Values> {
    const values = [...this.#durations].flatMap(([value, durations]) => this.#lines(value, durations));
    // prom-client types this as a number and writes it out as a text.
    const type: unknown = 'histogram';
    return { ...(await super.get()), type: type as Values['type'], values };
  }

  #lines(value: string, { counts, sum, total }: Durations): (MetricValue<string> & { metricName: string })[] {
    const labels = { [this.#label]: value };
    let below = 0;
    const buckets = this.#bounds.map((bound, at) => {
      below += counts[at] ?? 0;
      return { metricName: `${this.#name}_bucket`, labels: { le: bound, ...labels }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_bucket`, labels: { le: '+Inf', ...labels }, value: total },
      { metricName: `${this.#name}_sum`, labels, value: sum },
      { metricName: `${this.#name}_count`, labels, value: total },
    ];
  }
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}
