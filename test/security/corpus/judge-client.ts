import type { Exchanged, RawAnswer } from '../../support/raw-client.ts';
import { valuesOf } from '../../support/wire-reader.ts';
import { pace } from '../world.ts';
import { anyLike, short, type Claim } from './claims.ts';
import type { CorpusCase, Expectation } from './corpus-case.ts';
import { expandText } from './macros.ts';

/** What a case that was answered as aimed at asks of its answers. */
export function answerClaims(wish: Expectation, client: Exchanged): Claim[] {
  const code = codeOf(client.answers.at(-1));
  const body = bodyOf(client);
  const headers = client.answers[0]?.headers ?? [];
  return [
    [wish.code === undefined || code === wish.code, `code ${code}, not ${wish.code}`],
    [wish.close !== true || client.closed, 'the connection stays open'],
    [wish.body === undefined || body === wish.body, `body ${short(body)}`],
    ...Object.entries(wish.header ?? {}).map(([name, pattern]): Claim => {
      const values = valuesOf(headers, name);
      return [anyLike(values, pattern), `${name} is ${values.join(' | ') || 'missing'}`];
    }),
  ];
}

/** What no client may get, and that an answer which was cut off shows it. */
export function neverClaims(
  { expect: wish, group }: CorpusCase,
  client: Exchanged,
  names: ReadonlyMap<string, string>,
): Claim[] {
  const fields = client.answers.flatMap(({ headers, trailers }) => [...headers, ...trailers]);
  const isWhole = client.answers.every(({ complete }) => complete) && !client.reset;
  const isJudged = wish.complete !== undefined && group === 'upstream-response';
  return [
    ...Object.entries(wish.never_client ?? {}).map(([name, pattern]): Claim => {
      return [!anyLike(valuesOf(fields, name), pattern), `the client got ${name}`];
    }),
    [
      wish.never_body === undefined || !bodyOf(client).includes(expandText(wish.never_body, names)),
      'the body has what it must not',
    ],
    [!isJudged || isWhole === wish.complete, `the answer looks ${isWhole ? 'whole' : 'cut off'}`],
  ];
}

/** An answer took longer than a case allows; on a busy machine that may be a coincidence. */
export const slowFault = 'the answer was slow';

/** What waiting may take on a busy machine beyond what it takes. */
const slackMs = 2000;

/** How long answers may take. */
export function timeClaims(wish: Expectation, client: Exchanged): Claim[] {
  const boundMs = wish.wait_s === undefined ? wish.within_ms : wish.wait_s * 1000 * pace;
  const atMs = client.answers[0]?.atMs ?? 0;
  const closedAtMs = client.closedAtMs ?? Number.POSITIVE_INFINITY;
  return [
    [wish.latency_ms === undefined || atMs <= wish.latency_ms, slowFault],
    [boundMs === undefined || atMs <= boundMs + slackMs, `answered after ${atMs} ms, not ${boundMs}`],
    [
      wish.close_within_ms === undefined || closedAtMs <= wish.close_within_ms + slackMs,
      `closed after ${closedAtMs} ms, not ${wish.close_within_ms}`,
    ],
  ];
}

function bodyOf({ answers }: Exchanged): string {
  return answers.map(({ body }) => body).join('');
}

/** The code in a problem document; an answer to HEAD has it in its head alone. */
function codeOf(answer: RawAnswer | undefined): string | undefined {
  if (answer === undefined || answer.body === '') return valuesOf(answer?.headers ?? [], 'x-wayleave-error')[0];
  try {
    return (JSON.parse(answer.body) as { code?: string }).code;
  } catch {
    return undefined;
  }
}
