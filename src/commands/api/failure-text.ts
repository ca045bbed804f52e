import { unreachable } from '../../lib/assert.ts';
import type { Failure, ProblemAnswer } from './client.ts';
import { printable } from '../terminal/text.ts';

/**
 * What a person reads when a call of the admin API failed: the thing, the place and the fix. Ends with a newline.
 * @param credential what the call counted by
 */
export function failureText(failure: Failure, credential: 'token' | 'code' = 'token'): string {
  switch (failure.kind) {
    case 'problem':
      return problemText(failure.problem, credential);
    case 'unreachable':
      return [
        `cannot reach the admin API at ${failure.server}: ${failure.reason}`,
        'Is `wayleave serve` running? Name another address with --server URL or WAYLEAVE_SERVER.',
        '',
      ].join('\n');
    case 'not_wayleave':
      return [
        `${failure.server} does not answer as an admin API: ${printable(failure.reason)}`,
        'The admin listener is meant, not the proxy: `listen.admin` in gateway.yaml, 127.0.0.1:8081 if it is not set.',
        '',
      ].join('\n');
    case 'refused':
      return `${failure.message}\n`;
    default:
      return unreachable(failure);
  }
}

function problemText(problem: ProblemAnswer, credential: 'token' | 'code'): string {
  const lines = [`${problem.title} (${problem.status}${problem.code === undefined ? '' : ` ${problem.code}`})`];
  if (problem.detail !== undefined) lines.push(problem.detail);
  for (const { pointer, detail } of problem.errors ?? [])
    lines.push(`  ${pointer === '' ? '(body)' : pointer}: ${detail}`);
  if (problem.existing_id !== undefined && problem.detail?.includes(problem.existing_id) !== true) {
    lines.push(`It exists already as ${problem.existing_id}.`);
  }
  if (problem.status === 401 && credential === 'token')
    lines.push('The token in use comes from --token -, WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE.');
  if (problem.request_id !== undefined) lines.push(`request ${problem.request_id}`);
  return `${lines.map(printable).join('\n')}\n`;
}
