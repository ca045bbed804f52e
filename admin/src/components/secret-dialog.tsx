import { useState } from 'preact/hooks';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import { Checkbox } from './field.tsx';

interface Props {
  readonly title: string;
  readonly secret: string;
  /** A command that works as it stands. */
  readonly command: { readonly label: string; readonly text: string; readonly copy?: string };
  /** Besides, such as until when the one before works. */
  readonly note?: string;
  readonly onClose: () => void;
}

/** Shows a secret, this once: nothing closes it but the word that it has been saved. */
export function SecretDialog({ title, secret, command, note, onClose }: Props) {
  const [isSaved, setSaved] = useState(false);
  return (
    <Dialog title={title} onClose={onClose} stays>
      <p>Copy it now. It is shown this once: the gateway keeps a hash of it alone.</p>
      {note !== undefined && <p>{note}</p>}
      <div class="secret">
        <code class="secret-text">{secret}</code>
        <CopyButton text={secret} label="Copy" />
      </div>
      <p>{command.label}</p>
      <div class="secret">
        <code class="secret-text">{command.text}</code>
        <CopyButton text={command.text} label={command.copy ?? 'Copy command'} />
      </div>
      <Checkbox label="I have saved it" checked={isSaved} onChange={setSaved} />
      <div class="actions">
        <button type="button" class="primary" disabled={!isSaved} onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

/** A command that shows what a token stands for. */
export function whoamiCommand(proxyUrl: string, secret: string): string {
  return `curl -H 'Authorization: Bearer ${secret}' ${proxyUrl}/.wayleave/whoami`;
}
