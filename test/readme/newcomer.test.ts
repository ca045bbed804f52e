import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { programPath } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { blocksUnder } from './document.ts';
import { patternOf, runSteps, steady, stepsOf, type Outcome } from './shell-steps.ts';

// What README.md tells somebody who begins with an empty folder, word for word. Only the ports are others: those of the
// file that `init` has written are changed at once, as are those of the commands.

const steps = stepsOf(blocksUnder('From an empty folder'));

let printed: readonly Outcome[];

beforeAll(async () => {
  const ports = new Map<string, number>();
  for (const port of ['8080', '8081', '9000']) ports.set(port, await freePort());
  const onFreePorts = [...ports].map(([from, to]) => `-e 's/127.0.0.1:${from}/127.0.0.1:${to}/'`).join(' ');
  const program = `'${process.execPath}' '${await programPath()}'`;
  const preamble = [
    "trap 'kill $(jobs -p) 2>/dev/null' EXIT",
    'wayleave() {',
    `  if [ "$1" = serve ]; then exec ${program} "$@"; fi`,
    `  ${program} "$@" || return $?`,
    `  if [ "$1" = init ]; then sed -i ${onFreePorts} gateway.yaml; fi`,
    '}',
  ];
  printed = await runSteps({ folder: await tempDir('newcomer'), ports, preamble }, steps);
}, 120_000);

describe('the way of a newcomer through README.md', () => {
  it.each(steps.map((step, at) => ({ ...step, at, title: `line ${step.block.line} ends with ${step.exit}` })))(
    'on $title and prints what stands below it',
    ({ at, exit, prints }) => {
      const outcome = printed[at];
      if (prints !== undefined) expect(`${steady(outcome?.text ?? '').trimEnd()}\n`).toMatch(patternOf(prints));
      expect(outcome).toMatchObject({ exit });
    },
  );

  it('goes from init to reload and diff, and was walked to its end', () => {
    expect(printed).toHaveLength(steps.length);
    const text = steps.map(({ block }) => block.text).join('\n');
    const words = ['init', 'validate', 'explain', 'test-routes', 'diff', 'reload'];
    for (const word of words) expect(text).toMatch(new RegExp(`^wayleave ${word}\\b`, 'm'));
  });
});
