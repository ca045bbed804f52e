import { useState } from 'preact/hooks';
import type { Receipt, Token } from '../api/calls.ts';
import { useAction, useCall } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useBarred } from '../grantable.ts';
import { DialogActions } from './dialog-actions.tsx';
import { Dialog } from './dialog.tsx';
import { Answered } from './listing.tsx';
import { ProblemNote } from './problem-note.tsx';
import { ReachNote } from './reach-note.tsx';
import { ReceiptNote } from './receipt-note.tsx';
import { ScopePicker } from './scope-picker.tsx';

interface Props {
  readonly token: Token;
  readonly onClose: (isDone: boolean) => void;
}

/** Changes what a token may do; its secret stays. */
export function EditScopes({ token, onClose }: Props) {
  const { busy, problem, run } = useAction();
  const settings = useCall('GET /settings', {});
  const barred = useBarred(token.user_id);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(token.scopes));
  const [receipt, setReceipt] = useState<Receipt>();
  const added = [...chosen].filter((scope) => !token.scopes.includes(scope));
  const taken = token.scopes.filter((scope) => !chosen.has(scope));
  const isSame = added.length === 0 && taken.length === 0;
  const save = async (): Promise<void> => {
    const answer = await run('PATCH /tokens/{id}', { params: { id: token.id }, body: { scopes: [...chosen] } });
    if (answer !== undefined) setReceipt(answer.receipt);
  };
  return (
    <Dialog title={`Scopes of ${token.name}`} onClose={() => onClose(receipt !== undefined)}>
      {receipt === undefined && (
        <Answered loaded={settings}>
          {({ scopes }) => (
            <ScopePicker
              catalogue={scopes}
              chosen={chosen}
              barred={barred ?? (() => 'Looking…')}
              problem={fieldProblem(problem, 'scopes')}
              onChange={setChosen}
            />
          )}
        </Answered>
      )}
      {receipt === undefined && <Summary added={added} taken={taken} />}
      {receipt === undefined && <ReachNote scopes={chosen} />}
      {problem !== undefined && <ProblemNote problem={problem} />}
      {receipt !== undefined && <ReceiptNote receipt={receipt} />}
      <DialogActions
        verb="Save scopes"
        busyVerb="Saving…"
        busy={busy}
        isReady={!isSame}
        isDone={receipt !== undefined}
        act={() => void save()}
        onClose={() => onClose(receipt !== undefined)}
      />
    </Dialog>
  );
}

/** What will be different. */
function Summary({ added, taken }: { readonly added: readonly string[]; readonly taken: readonly string[] }) {
  if (added.length === 0 && taken.length === 0) return <p class="quiet">Nothing changes yet.</p>;
  return (
    <ul class="changes" role="list">
      {added.map((scope) => (
        <li key={scope} class="change-added">
          Added: <code>{scope}</code>
        </li>
      ))}
      {taken.map((scope) => (
        <li key={scope} class="change-taken">
          Taken away: <code>{scope}</code>
        </li>
      ))}
    </ul>
  );
}
