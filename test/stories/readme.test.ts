import { beforeAll, describe, expect, it } from 'vitest';
import { blocksUnder, section } from '../readme/document.ts';
import { patternOf, runSteps, steady, stepsOf, type Outcome } from '../readme/shell-steps.ts';
import { demoToken, startShippedGateway } from '../readme/shipped-gateway.ts';

// The stories of README.md, word for word, as a reader would run them who has started `npm start`.

const steps = stepsOf(blocksUnder('Four stories'));
const titles = [...section('Four stories').matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);

let printed: readonly Outcome[];

beforeAll(async () => {
  const gateway = await startShippedGateway();
  printed = await runSteps({ ...gateway, token: () => demoToken(gateway) }, steps);
}, 300_000);

/** What the steps of a story printed, in one. */
function story(title: string): string {
  const [, text = ''] = section('Four stories').split(new RegExp(`^### (?=${title}$)`, 'm'));
  const own = text.split(/^### /m, 1)[0] ?? '';
  return steps.flatMap(({ block }, at) => (own.includes(block.text) ? [printed[at]?.text ?? ''] : [])).join('');
}

/** The statuses and codes with which the gateway answered, in their order. */
function answers(text: string): string[] {
  const heads = text.split(/^HTTP\/1\.1 /m).slice(1);
  return heads.map((head) => [head.slice(0, 3), ...(/^x-wayleave-error: (\w+)/m.exec(head)?.slice(1) ?? [])].join(' '));
}

describe('the stories of README.md', () => {
  it.each(steps.map((step, at) => ({ ...step, at, title: `line ${step.block.line} end with ${step.exit}` })))(
    'on $title and print what stands below them',
    ({ at, exit, prints }) => {
      const outcome = printed[at];
      if (prints !== undefined) expect(`${steady(outcome?.text ?? '').trimEnd()}\n`).toMatch(patternOf(prints));
      expect(outcome).toMatchObject({ exit });
    },
  );

  it('were all run', () => {
    expect(printed).toHaveLength(steps.length);
    expect(titles).toHaveLength(4);
  });

  it.each([
    ['A machine gets an identity', ['200', '403 insufficient_scope']],
    ['A person makes tokens', ['200', '403 insufficient_scope', '401 token_revoked']],
    ['Tokens come to their end', ['200', '401 token_revoked']],
    ['Support sees what the customer sees', ['200', '401 assume_ended']],
  ])('%s: it ends with a request that is let through, and one that is refused', (title, end) => {
    expect(titles).toContain(title);
    expect(answers(story(title)).slice(-end.length)).toEqual(end);
  });
});
