import { useState } from 'preact/hooks';
import type { Token, TokenRotation } from '../api/calls.ts';
import { useAction, useCall } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { DialogActions } from './dialog-actions.tsx';
import { Dialog } from './dialog.tsx';
import { SelectField } from './field.tsx';
import { useOfToken } from './last-use-text.ts';
import { ProblemNote } from './problem-note.tsx';
import { SecretDialog, whoamiCommand } from './secret-dialog.tsx';

type Overlap = NonNullable<TokenRotation['overlap']>;

const overlaps: readonly (readonly [Overlap, string])[] = [
  ['15m', '15 minutes'],
  ['1h', 'One hour'],
  ['24h', 'One day'],
  ['7d', 'Seven days'],
  ['0', 'Not at all: it ends now'],
];

/** Gives a token its next secret; the one before works on for a while. */
export function RotateToken({
  token,
  onClose,
}: {
  readonly token: Token;
  readonly onClose: (isDone: boolean) => void;
}) {
  const { busy, problem, run } = useAction();
  const settings = useCall('GET /settings', {});
  const [overlap, setOverlap] = useState<Overlap>('1h');
  const [secret, setSecret] = useState<string>();
  const rotate = async (): Promise<void> => {
    const answer = await run('POST /tokens/{id}/rotate', { params: { id: token.id }, body: { overlap } });
    if (answer !== undefined) setSecret(answer.secret);
  };
  if (secret !== undefined) {
    const time = overlaps.find(([one]) => one === overlap)?.[1].toLowerCase();
    const text = overlap === '0' ? 'The old secret has ended.' : `The old secret works on for ${time}.`;
    return (
      <SecretDialog
        title={`The new secret of ${token.name}`}
        secret={secret}
        note={text}
        command={{ label: 'To see that it works:', text: whoamiCommand(settings.body?.proxy_url ?? '', secret) }}
        onClose={() => {
          setSecret(undefined);
          onClose(true);
        }}
      />
    );
  }
  return (
    <Dialog title={`Rotate “${token.name}”?`} onClose={() => onClose(false)}>
      <p>
        It gets a new secret and keeps its scopes. The secret that ends in <code>{token.last_four}</code> was{' '}
        {useOfToken(token)}.
      </p>
      <SelectField
        label="The old secret works on for"
        value={overlap}
        options={overlaps}
        problem={fieldProblem(problem, 'overlap')}
        onChange={setOverlap}
      />
      {problem !== undefined && <ProblemNote problem={problem} />}
      <DialogActions
        verb="Rotate"
        busyVerb="Rotating…"
        busy={busy}
        act={() => void rotate()}
        onClose={() => onClose(false)}
      />
    </Dialog>
  );
}
