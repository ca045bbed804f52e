import type { OptionTable } from './options.ts';

/** What `renderHelp` lays out. */
export interface HelpPage {
  /** Lines such as `wayleave token create --name NAME [options]`. */
  readonly usage: readonly string[];
  /** One to three sentences. */
  readonly about: string;
  readonly options?: OptionTable;
  readonly examples?: readonly string[];
  /** Exit codes, where they say more than done or failed. */
  readonly exits?: string;
}

/** The help page of a command. */
export function renderHelp(page: HelpPage): string {
  const options: OptionTable = { ...page.options, help: { help: 'Show this page' } };
  const rows = Object.entries(options).map(([name, { value, help }]) => {
    return [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const;
  });
  const examples = page.examples ?? [];
  const parts = [
    `${page.about}\n`,
    `Usage:\n${indented(page.usage)}`,
    `Options:\n${renderColumns(rows)}`,
    ...(examples.length === 0 ? [] : [`Examples:\n${indented(examples)}`]),
    ...(page.exits === undefined ? [] : [`Exit codes: ${page.exits}\n`]),
  ];
  return parts.join('\n');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}

/** Two columns, the first as wide as its widest entry. */
export function renderColumns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}
