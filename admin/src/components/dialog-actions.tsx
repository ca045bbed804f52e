import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  /** What the button says, such as "Save", and what it says while it is at it. */
  readonly verb: string;
  readonly busyVerb: string;
  readonly busy: boolean;
  /** False while there is nothing to be done. */
  readonly isReady?: boolean;
  /** Takes something away, so that the button looks like it. */
  readonly isDanger?: boolean;
  /** It is done, and is only to be read now. */
  readonly isDone?: boolean;
  /** Does it; without it the button submits the form it stands in. */
  readonly act?: () => void;
  readonly onClose: () => void;
}

/** The end of a dialog: the button that does it, and the one that leaves. The focus is on the latter once it is done. */
export function DialogActions(props: Props) {
  const { verb, busyVerb, busy, isReady = true, isDanger = false, isDone = false, act, onClose } = props;
  const leave = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (isDone) leave.current?.focus();
  }, [isDone]);
  return (
    <div class="actions">
      {!isDone && (
        <button
          type={act === undefined ? 'submit' : 'button'}
          class={isDanger ? 'danger' : 'primary'}
          aria-disabled={busy || !isReady}
          onClick={act && (() => isReady && act())}
        >
          {busy ? busyVerb : verb}
        </button>
      )}
      <button ref={leave} type="button" onClick={onClose}>
        {isDone ? 'Close' : 'Cancel'}
      </button>
    </div>
  );
}
