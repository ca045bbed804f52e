import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  /** Escape does not close it: what it shows is not to be had again. */
  readonly stays?: boolean;
  readonly children: ComponentChildren;
}

/** A native dialog: the focus goes into it, and back to where it came from. */
export function Dialog({ title, onClose, stays = false, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const isGone = useRef(false);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.setAttribute('closedby', stays ? 'none' : 'closerequest');
    element?.showModal();
    return () => {
      isGone.current = true;
      // While it is open, nothing behind it takes the focus.
      element?.close();
      const target = opener instanceof HTMLElement && opener.isConnected ? opener : document.querySelector('h1');
      if (target instanceof HTMLElement) target.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!stays) onClose();
      }}
      onClose={() => {
        if (isGone.current) return;
        // A browser that insists on closing takes only the frame away, never what was not yet saved.
        if (stays) dialog.current?.showModal();
        else onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
