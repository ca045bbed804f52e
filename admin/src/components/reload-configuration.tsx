import { useState } from 'preact/hooks';
import type { Reload } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { configurationChanged } from './configuration-banner.tsx';
import { DialogActions } from './dialog-actions.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';

/** Reads gateway.yaml again, at the press of a button, and says what came of it. */
export function ReloadConfiguration({ onDone }: { readonly onDone: () => void }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setAsked(true)}>
        Reload
      </button>
      {isAsked && (
        <ReloadDialog
          onClose={() => {
            setAsked(false);
            onDone();
          }}
        />
      )}
    </>
  );
}

function ReloadDialog({ onClose }: { readonly onClose: () => void }) {
  const { busy, problem, run } = useAction();
  const [done, setDone] = useState<Reload>();
  const reload = async (): Promise<void> => {
    setDone(await run('POST /config/reload', { body: {} }));
    configurationChanged();
  };
  return (
    <Dialog title="Reload gateway.yaml?" onClose={onClose}>
      {done === undefined && (
        <p>
          The node that answers reads its file again. Requests under way go on; streams that are no longer allowed end.
          A file that is not valid changes nothing.
        </p>
      )}
      {problem !== undefined && <ProblemNote problem={problem} withErrors />}
      {done !== undefined && <Outcome reload={done} />}
      <DialogActions
        verb="Reload"
        busyVerb="Reloading…"
        busy={busy}
        isDone={done !== undefined}
        act={() => void reload()}
        onClose={onClose}
      />
    </Dialog>
  );
}

function Outcome({
  reload: { changed, node, revision, warnings, needs_restart: waiting },
}: {
  readonly reload: Reload;
}) {
  return (
    <div class="note note-good" role="status">
      <p class="note-title">{changed ? 'In force' : 'Nothing was new'}</p>
      <p>
        Node {node} runs by revision <code>{revision}</code>.
      </p>
      {waiting.length > 0 && <p>Waits for a restart: {waiting.join(', ')}.</p>}
      {warnings.length > 0 && (
        <ul>
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
