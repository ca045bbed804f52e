import { callAndShow } from './api/action.ts';
import { actionCommand } from './api/noun.ts';
import { reloadShape, type ReloadAnswer } from './api/shapes.ts';

/** `wayleave reload` */
export const reloadCommand = actionCommand({
  verb: 'reload',
  summary: 'Let a running gateway read its gateway.yaml again',
  examples: ['wayleave reload', 'wayleave reload --server https://node-2.internal:8081 --json'],
  run: ({ client }) =>
    callAndShow(client, { method: 'POST', path: ['config', 'reload'] }, reloadShape, (answer) => ({
      text: `${answer.revision}\n`,
      notes: [
        answer.changed
          ? `${answer.node} runs by revision ${answer.revision} now; it was ${answer.previous_revision}`
          : `${answer.node} runs by revision ${answer.revision} already; the file says the same`,
        ...answer.warnings.map((warning) => `warning: ${warning}`),
        ...restartNotes(answer),
      ],
    })),
});

function restartNotes({ node, needs_restart: keys }: ReloadAnswer): string[] {
  return keys.length === 0 ? [] : [`these wait for a restart of ${node}: ${keys.join(', ')}`];
}
