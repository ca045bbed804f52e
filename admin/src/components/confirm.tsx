import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Receipt } from '../api/calls.ts';
import type { Problem } from '../api/client.ts';
import { DialogActions } from './dialog-actions.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';
import { ReceiptNote } from './receipt-note.tsx';

interface Props {
  readonly title: string;
  /** What the button says, such as "Revoke". */
  readonly verb: string;
  /** Takes something away, so that the button looks like it. */
  readonly isDanger?: boolean;
  readonly busy: boolean;
  /** False while it is not known what would end, or when that is nothing. */
  readonly isReady?: boolean;
  readonly problem: Problem | undefined;
  /** Does it; resolves to the answer, or to undefined when there was a problem. */
  readonly act: () => Promise<{ readonly receipt?: Receipt } | undefined>;
  readonly onClose: (isDone: boolean) => void;
  /** What will end. */
  readonly children: ComponentChildren;
}

/** Asks before something is done, and shows how far it got. */
export function Confirm(props: Props) {
  const { title, verb, isDanger = true, busy, isReady = true, problem, act, onClose, children } = props;
  const [receipt, setReceipt] = useState<Receipt>();
  const confirm = async (): Promise<void> => {
    const answer = await act();
    if (answer?.receipt !== undefined) setReceipt(answer.receipt);
    else if (answer !== undefined) onClose(true);
  };
  const isDone = receipt !== undefined;
  return (
    <Dialog title={title} onClose={() => onClose(isDone)}>
      {!isDone && children}
      {problem !== undefined && <ProblemNote problem={problem} />}
      {isDone && <ReceiptNote receipt={receipt} />}
      <DialogActions
        verb={verb}
        busyVerb="Working…"
        busy={busy}
        isReady={isReady}
        isDanger={isDanger}
        isDone={isDone}
        act={() => void confirm()}
        onClose={() => onClose(isDone)}
      />
    </Dialog>
  );
}
