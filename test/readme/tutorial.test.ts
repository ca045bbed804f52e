import { beforeAll, describe, expect, it } from 'vitest';
import { blocks, blocksUnder, codeSpans, readme, section, tableRows } from './document.ts';
import { patternOf, runSteps, steady, stepsOf, type Outcome } from './shell-steps.ts';
import { demoToken, startShippedGateway, type ShippedGateway } from './shipped-gateway.ts';

/** These have tests of their own: test/stories/readme.test.ts and newcomer.test.ts. */
const elsewhere = new Set([...blocksUnder('Four stories'), ...blocksUnder('From an empty folder')]);
const ownBlocks = blocks.filter((block) => !elsewhere.has(block));
const steps = stepsOf(ownBlocks);

let gateway: ShippedGateway;
let printed: readonly Outcome[];

beforeAll(async () => {
  gateway = await startShippedGateway();
  printed = await runSteps({ ...gateway, token: () => demoToken(gateway) }, steps);
}, 300_000);

describe('the commands of README.md', () => {
  it('are there, and each of them was run', () => {
    expect(steps.length).toBeGreaterThan(0);
    expect(printed).toHaveLength(steps.length);
    expect(ownBlocks.filter((block) => block.mark === 'prints')).toHaveLength(
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
