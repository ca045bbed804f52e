import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocks, codeSpans, readme, section, tableRows, type Block } from './document.ts';
import { demoToken, startShippedGateway, type ShippedGateway } from './shipped-gateway.ts';

/** Commands that the README tells one to run, and what it says they print. */
interface Step {
  readonly block: Block;
  readonly exit: number;
  readonly prints: string | undefined;
}

const steps: readonly Step[] = blocks.flatMap((block, at) => {
  const [, exit] = /^run(?:: (\d+))?$/.exec(block.mark) ?? [];
  if (!block.mark.startsWith('run')) return [];
  const next = blocks[at + 1];
  return [{ block, exit: Number(exit ?? 0), prints: next?.mark === 'prints' ? next.text : undefined }];
});

const program = new URL('../../src/cli.ts', import.meta.url).pathname;
const loader = import.meta.resolve('tsx');
const mark = '@@@ exit';

let gateway: ShippedGateway;
let printed: readonly { readonly text: string; readonly exit: number }[];

beforeAll(async () => {
  gateway = await startShippedGateway();
  printed = await runAll(gateway);
}, 300_000);

/** Runs every step in one shell, as a reader would who has started `npm start` in another terminal. */
async function runAll({ folder, ports }: ShippedGateway): Promise<{ text: string; exit: number }[]> {
  const preamble = [
    'curl() { command curl --silent --show-error "$@"; }',
    `wayleave() { '${process.execPath}' --import '${loader}' '${program}' "$@"; }`,
  ];
  const script = steps.map(({ block }) => `{\n${onFreePorts(block.text, ports)}\n} 2>&1; echo "${mark} $?"`);
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

function onFreePorts(commands: string, ports: ReadonlyMap<string, number>): string {
  return commands
    .replace('wl_pat_...', demoToken(gateway))
    .replace(/(127\.0\.0\.1:)(\d+)/g, (_, host: string, port: string) => `${host}${ports.get(port) ?? port}`);
}

/** Without what is another at each run: ids, secrets, times, and the width of columns that hold them. */
function steady(text: string): string {
  return text
    .replace(/\b(usr|org|tok|aut)_[0-9a-hjkmnp-tv-z]{26}\b/g, '$1_ID')
    .replace(/\bwl_pat_\w+/g, 'wl_pat_SECRET')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')
    .replace(/\(in \d+ d\)( +\w{4}\b)?/g, '(in DAYS) FOUR')
    .replace(/ in [\d.]+ m?s$/gm, ' in MS')
    .replace(/\brev [0-9a-f]{12}\b/g, 'rev REVISION')
    .replace(/ {2,}/g, '  ')
    .replace(/\r$/gm, '');
}

/** What the README shows as a pattern: a line `...` stands for any lines, `...` at the end of a line for its rest. */
function patternOf(shown: string): RegExp {
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

describe('the commands of README.md', () => {
  it('are there, and each of them was run', () => {
    expect(steps.length).toBeGreaterThan(4);
    expect(printed).toHaveLength(steps.length);
    expect(blocks.filter((block) => block.mark === 'prints')).toHaveLength(
      steps.filter((step) => step.prints !== undefined).length,
    );
  });

  it.each(steps.map((step, at) => ({ ...step, at, title: `line ${step.block.line} end with ${step.exit}` })))(
    'on $title and print what stands below them',
    ({ at, exit, prints }) => {
      const outcome = printed[at];
      expect(outcome).toMatchObject({ exit });
      if (prints !== undefined) expect(`${steady(outcome?.text ?? '').trimEnd()}\n`).toMatch(patternOf(prints));
    },
  );
});

describe('the running gateway', () => {
  it('has the calls of the admin API that README.md lists, and no others', async () => {
    const answer = await fetch(`http://127.0.0.1:${gateway.ports.get('8081')}/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    const calls = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = tableRows(section('Admin API')).flatMap(([cell = '']) => codeSpans(cell));
    const prefix = '/api/v1';
    expect(listed.toSorted()).toEqual(
      calls.flatMap((call) => (call.includes(prefix) ? [call.replace(prefix, '')] : [])).toSorted(),
    );
  });

  it.each(['/openapi.json', '/healthz', '/readyz', '/readyz?verbose', '/metrics'])(
    'answers %s on the admin listener',
    async (path) => {
      expect(readme).toContain(path);
      const answer = await fetch(`http://127.0.0.1:${gateway.ports.get('8081')}${path}`);
      expect(answer.status).toBe(200);
    },
  );
});
