import { callAndShow, refused } from './api/action.ts';
import { actionCommand } from './api/noun.ts';
import { reloadShape, type ReloadAnswer } from './api/shapes.ts';

/** `wayleave reload` */
export const reloadCommand = actionCommand({
  verb: 'reload',
  summary: 'Let a running gateway read its gateway.yaml again',
  options: {
    'max-flips': { value: 'N', help: 'Only if at most N of the requests of --replay would come out otherwise' },
    replay: { value: 'DURATION', help: 'How far back --max-flips looks; 24h unless told, at most 14d' },
  },
  examples: [
    'wayleave reload',
    'wayleave reload --max-flips 0 --replay 7d',
    'wayleave reload --server https://node-2.internal:8081 --json',
  ],
  run: ({ client, input }) => {
    const { 'max-flips': most, replay } = input.values;
    if (most !== undefined && !/^\d{1,15}$/.test(most))
      return Promise.resolve(refused(`--max-flips ${most} is no number`));
    const limits = { ...(most !== undefined && { max_flips: Number(most) }), ...(replay !== undefined && { replay }) };
    const call = {
      method: 'POST',
      path: ['config', 'reload'],
      ...(Object.keys(limits).length > 0 && { body: limits }),
    } as const;
    return callAndShow(client, call, reloadShape, (answer) => ({
      text: `${answer.revision}\n`,
      notes: [
        answer.changed
          ? `${answer.node} runs by revision ${answer.revision} now; it was ${answer.previous_revision}`
          : `${answer.node} runs by revision ${answer.revision} already; the file says the same`,
        ...answer.warnings.map((warning) => `warning: ${warning}`),
        ...restartNotes(answer),
      ],
    }));
  },
});

function restartNotes({ node, needs_restart: keys }: ReloadAnswer): string[] {
  return keys.length === 0 ? [] : [`these wait for a restart of ${node}: ${keys.join(', ')}`];
}
