import { href } from '../router.ts';

interface Props {
  readonly label: string;
  readonly tabs: readonly (readonly [value: string, title: string])[];
  readonly current: string;
  readonly path: readonly string[];
  /** What else the address keeps. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Lists of one page by state, each with an address of its own. */
export function Tabs({ label, tabs, current, path, query = {} }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([value, title]) => (
        <a
          key={value}
          href={href(path, { ...query, state: value })}
          aria-current={value === current ? 'true' : undefined}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}
