import type { Exchanged } from '../../support/raw-client.ts';
import { valuesOf } from '../../support/wire-reader.ts';
import { faultsIn, short, type Claim } from './claims.ts';
import type { CorpusCase, Expectation } from './corpus-case.ts';
import { answerClaims, neverClaims, timeClaims } from './judge-client.ts';
import { upstreamClaims, upstreamCountClaims } from './judge-upstream.ts';
import { expandText } from './macros.ts';
import type { Observation } from './run-case.ts';

/** What is wrong with what was seen of a case; an empty list when nothing is. */
export function faultsOf(corpusCase: CorpusCase, seen: Observation, names: ReadonlyMap<string, string>): string[] {
  const { expect: wish } = corpusCase;
  const { client, upstream } = seen;
  const isAim = hasStatus(client, wish.status);
  return faultsIn([
    [isAim || isTolerated(client, wish), `answered ${described(client)}, not ${JSON.stringify(wish.status)}`],
    ...(isAim ? [...answerClaims(wish, client), ...upstreamCountClaims(wish, upstream)] : wholeClaims(seen)),
    ...neverClaims(corpusCase, client, names),
    ...upstream.requests.flatMap((request) => upstreamClaims(corpusCase, request, names)),
    ...timeClaims(wish, client),
    [
      wish.never_log === undefined || !seen.log.includes(expandText(wish.never_log, names)),
      'the log has what it must not',
    ],
    ...alwaysClaims(seen),
  ]);
}

/** Whether the answers are the very ones a case aims at. */
function hasStatus({ answers }: Exchanged, aim: Expectation['status']): boolean {
  if (aim === null) return answers.length === 0;
  const wanted = typeof aim === 'number' ? [aim] : aim;
  return answers.length === wanted.length && answers.every(({ status }, at) => status === wanted[at]);
}

function isTolerated({ answers }: Exchanged, { accept = [] }: Expectation): boolean {
  return answers.length === 1 && answers[0] !== undefined && accept.includes(answers[0].status);
}

function described({ answers, closed }: Exchanged): string {
  const list = answers.map(({ status, body }) => `${status} ${short(body)}`).join(' + ');
  return `${list || 'not at all'}${closed ? ' (closed)' : ''}`;
}

/** What is answered otherwise than aimed at is refused wholly or passed wholly. */
function wholeClaims({ client, upstream }: Observation): Claim[] {
  const isRefused = client.answers.some(
    ({ status, headers }) => status < 500 && valuesOf(headers, 'x-wayleave-error').length > 0,
  );
  const whole = upstream.requests.filter(({ complete }) => complete);
  return [[!isRefused || whole.length === 0, 'refused, and yet a whole request went upstream']];
}

/** What holds for every case. */
function alwaysClaims({ client, upstream, after, isAlive }: Observation): Claim[] {
  const [next] = after.answers;
  const open = upstream.requests.filter(({ complete, closed }) => !complete && !closed);
  return [
    [isAlive, 'the process has ended'],
    [open.length === 0, `left open upstream: ${open.map(({ startLine }) => startLine).join(' + ')}`],
    [client.strayBytes === '', `stray bytes at the client: ${short(client.strayBytes)}`],
    [upstream.strayBytes.length === 0, `stray bytes upstream: ${short(upstream.strayBytes.join(' '))}`],
    [
      next?.status === 200 && next.body === 'ok' && next.complete,
      `the next good request was answered ${described(after)}`,
    ],
  ];
}
