import { parseArgs } from 'node:util';
import { nearest } from '../../lib/nearest.ts';

/** An option of a command: `value` names what it takes (`ID`, `A,B`); without it the option is a switch. */
export interface Option {
  readonly value?: string;
  readonly help: string;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** What a command was called with. */
export interface Input {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
}

export type InputOutcome =
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/**
 * Reads the arguments of a command. `--help` and `-h` are understood everywhere; an option given twice is wrong.
 * @param positionals names of the arguments that have no option, such as `METHOD`; one in brackets may be left out
 */
export function readInput(
  args: readonly string[],
  options: OptionTable,
  positionals: readonly string[] = [],
): InputOutcome {
  const config = Object.fromEntries(
    Object.entries(options).map(
      ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
    ),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...config, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const read = { positionals: [] as string[], values: {} as Record<string, string>, switches: new Set<string>() };
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      read.positionals.push(token.value);
      continue;
    }
    if (token.name === 'help') return { kind: 'help' };
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    const message = wrongOption(token.rawName, token.value, option, options);
    if (message !== undefined) return { kind: 'wrong', message };
    if (read.switches.has(token.name) || Object.hasOwn(read.values, token.name)) {
      return { kind: 'wrong', message: `--${token.name} is given twice; give it once` };
    }
    if (token.value === undefined) read.switches.add(token.name);
    else read.values[token.name] = token.value;
  }
  const message = wrongPositionals(read.positionals, positionals);
  return message === undefined ? { kind: 'input', input: read } : { kind: 'wrong', message };
}

function wrongOption(
  rawName: string,
  value: string | undefined,
  option: Option | undefined,
  options: OptionTable,
): string | undefined {
  if (option === undefined) {
    const near = nearest(rawName.replace(/^-+/, ''), [...Object.keys(options), 'help']);
    return `there is no option ${rawName}${near === undefined ? '' : `; did you mean --${near}?`}`;
  }
  if (option.value === undefined) return value === undefined ? undefined : `${rawName} is a switch and takes no value`;
  if (value === undefined || value === '') return `${rawName} needs a value: ${rawName} ${option.value}`;
  if (value.startsWith('--')) return `${rawName} needs a value; write ${rawName}=${value} if "${value}" is meant`;
  return undefined;
}

function wrongPositionals(given: readonly string[], names: readonly string[]): string | undefined {
  const missing = names[given.length];
  if (missing !== undefined && !missing.startsWith('[')) return `${missing} is missing`;
  const extra = given[names.length];
  return extra === undefined ? undefined : `"${extra}" is one argument too many`;
}

/** Splits `a,b c` into its parts; commas and spaces both part, empty parts count for nothing. */
export function readList(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}
