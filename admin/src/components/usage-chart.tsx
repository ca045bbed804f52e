interface Bar {
  /** RFC 3339: when it began. */
  readonly hour: string;
  readonly allowed: number;
  readonly refused: number;
}

const [width, height] = [720, 160];
const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** Requests by hour: what was let through from the ground up, what was refused on top of it. The table says the same. */
export function UsageChart({ bars }: { readonly bars: readonly Bar[] }) {
  const busiest = Math.max(0, ...bars.map(({ allowed, refused }) => allowed + refused));
  const most = Math.max(1, busiest);
  const allowedSum = bars.reduce((sum, { allowed }) => sum + allowed, 0);
  const refusedSum = bars.reduce((sum, { refused }) => sum + refused, 0);
  const step = width / Math.max(1, bars.length);
  const label = `${allowedSum} requests allowed and ${refusedSum} refused in ${bars.length} hours`;
  return (
    <figure class="chart">
      <figcaption>
        <span class="key key-allowed">{allowedSum.toLocaleString('en-GB')} allowed</span>
        <span class="key key-refused">{refusedSum.toLocaleString('en-GB')} refused</span>
        <span class="quiet">busiest hour: {busiest.toLocaleString('en-GB')}</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} preserveAspectRatio="none">
        {bars.map(({ hour, allowed, refused }, at) => {
          const [good, bad] = [(allowed / most) * height, (refused / most) * height];
          const place = { x: at * step + step * 0.1, width: step * 0.8 };
          return (
            <g key={hour}>
              <title>{`${clock.format(new Date(hour))}: ${allowed} allowed, ${refused} refused`}</title>
              <rect class="bar-rest" x={at * step} width={step} y={0} height={height} />
              <rect class="bar-allowed" {...place} y={height - good} height={good} />
              <rect class="bar-refused" {...place} y={height - good - bad} height={bad} />
            </g>
          );
        })}
      </svg>
      <p class="chart-ends quiet">
        <span>{bars[0] === undefined ? '' : clock.format(new Date(bars[0].hour))}</span>
        <span>now</span>
      </p>
    </figure>
  );
}
