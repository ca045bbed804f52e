import type { ComponentChildren } from 'preact';
import type { Action } from '../api/use-call.ts';
import { DialogActions } from './dialog-actions.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  readonly title: string;
  readonly verb: string;
  readonly busyVerb: string;
  readonly action: Pick<Action, 'busy' | 'problem'>;
  /** False while there is nothing to be sent. */
  readonly isReady?: boolean;
  readonly submit: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A dialog that is filled in and sent. What is wrong with it stands beside the button that was pressed. */
export function FormDialog(props: Props) {
  const { title, verb, busyVerb, action, isReady = true, submit, onClose, children } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        novalidate
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void submit();
        }}
      >
        {children}
        {action.problem !== undefined && <ProblemNote problem={action.problem} />}
        <DialogActions verb={verb} busyVerb={busyVerb} busy={action.busy} isReady={isReady} onClose={onClose} />
      </form>
    </Dialog>
  );
}
