import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programPath } from '../support/program.ts';
import type { Block } from './document.ts';

/** Commands that the README tells one to run, and what it says they print. */
export interface Step {
  readonly block: Block;
  readonly exit: number;
  readonly prints: string | undefined;
}

/** What a step did. */
export interface Outcome {
  readonly text: string;
  readonly exit: number;
}

const program = await programPath();
const mark = '@@@ exit';

/** The steps among some blocks, in their order. */
export function stepsOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.flatMap((block, at) => {
    const [, exit] = /^run(?:: (\d+))?$/.exec(block.mark) ?? [];
    if (!block.mark.startsWith('run')) return [];
    const next = blocks[at + 1];
    return [{ block, exit: Number(exit ?? 0), prints: next?.mark === 'prints' ? next.text : undefined }];
  });
}

/** Where steps are run. */
export interface Place {
  readonly folder: string;
  /** The port in use for each that the README names. */
  readonly ports: ReadonlyMap<string, number>;
  /** What stands for the token that it shows. */
  readonly token?: () => string;
  /** What the shell is to know besides. */
  readonly preamble?: readonly string[];
}

/** Runs every step in one shell, as a reader would. */
export async function runSteps(place: Place, steps: readonly Step[]): Promise<readonly Outcome[]> {
  const { folder, ports } = place;
  const preamble = [
    'curl() { command curl --silent --show-error "$@"; }',
    `wayleave() { '${process.execPath}' '${program}' "$@"; }`,
    ...(place.preamble ?? []),
  ];
  const script = steps.map(({ block }) => `{\n${onFreePorts(block.text, place)}\n} 2>&1; echo "${mark} $?"`);
  const env = { PATH: process.env['PATH'] ?? '', WAYLEAVE_SERVER: `http://127.0.0.1:${ports.get('8081')}` };
  const { stdout } = await promisify(execFile)('bash', ['-c', [...preamble, ...script].join('\n')], {
    cwd: folder,
    env,
  });
  return stdout
    .split(new RegExp(`(?<=^${mark} \\d+)\\n`, 'm'))
    .slice(0, -1)
    .map((text) => ({ text: text.slice(0, text.lastIndexOf(mark)), exit: Number(text.split(' ').at(-1)) }));
}

function onFreePorts(commands: string, { ports, token }: Place): string {
  return commands
    .replace('wl_pat_...', (shown) => token?.() ?? shown)
    .replace(/(127\.0\.0\.1:)(\d+)/g, (_, host: string, port: string) => `${host}${ports.get(port) ?? port}`);
}

/** Without what is another at each run: ids, secrets, times, and the width of columns that hold them. */
export function steady(text: string): string {
  return text
    .replace(/\b(usr|org|tok|aut|asm|ase)_[0-9a-hjkmnp-tv-z]{26}\b/g, '$1_ID')
    .replace(/\bwl_(pat|enr)_\w+/g, 'wl_$1_SECRET')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d/g, 'DAY')
    .replace(/\((?:in \d+ (?:s|min|h|d)|now|\d+ (?:s|min|h) ago)\)( +\w{4}\b)?/g, '(in DAYS) FOUR')
    .replace(/FOUR +(?:never|now|\d+ (?:s|min) ago)\b/g, 'FOUR AGO')
    .replace(/\(\.\.\.\w{4}\)/g, '(...FOUR)')
    .replace(/ in [\d.]+ m?s$/gm, ' in MS')
    .replace(/\brev [0-9a-f]{12}\b/g, 'rev REVISION')
    .replace(/ {2,}/g, '  ')
    .replace(/\r$/gm, '');
}

/** What the README shows as a pattern: a line `...` stands for any lines, `...` at the end of a line for its rest. */
export function patternOf(shown: string): RegExp {
  const lines = steady(shown).trimEnd().split('\n');
  const patterns = lines.map((line) => {
    if (line === '...') return '(?:.*\\n)*?';
    const [, begin] = /^(.*)\.\.\.$/.exec(line) ?? [];
    return begin === undefined ? `${literal(line)}\\s*\\n` : `${literal(begin)}.*\\n`;
  });
  return new RegExp(`^${patterns.join('')}$`);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
