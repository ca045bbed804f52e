import { useEffect, useState } from 'preact/hooks';
import type { AdminApi, Me, Problem, Token } from '../api.ts';
import { ProblemNote } from './problem-note.tsx';
import { TokenTable } from './token-table.tsx';

interface Props {
  readonly api: AdminApi;
  readonly me: Me;
  readonly signOut: (problem: Problem) => void;
}

/** The tokens of whoever is signed in, a page at a time. */
export function TokenList({ api, me, signOut }: Props) {
  const [tokens, setTokens] = useState<readonly Token[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const load = async (after: string | null): Promise<void> => {
    setBusy(true);
    const outcome = await api.tokensOf(me.subject.id, after);
    setBusy(false);
    if (outcome.kind === 'problem') {
      if (outcome.problem.status === 401) signOut(outcome.problem);
      else setProblem(outcome.problem);
      return;
    }
    setProblem(undefined);
    setTokens((known) => [...(after === null ? [] : (known ?? [])), ...outcome.body.items]);
    setCursor(outcome.body.next_cursor);
  };

  useEffect(() => {
    void load(null);
  }, []);

  return (
    <div aria-live="polite" aria-busy={busy}>
      {problem && <ProblemNote problem={problem} />}
      {problem && <Again label="Try again" act={() => load(cursor)} />}
      {tokens === undefined && problem === undefined && <p class="quiet">Loading…</p>}
      {tokens?.length === 0 && (
        <p>
          You have no tokens yet. <code>wayleave token create</code> makes one.
        </p>
      )}
      {tokens !== undefined && tokens.length > 0 && <TokenTable tokens={tokens} current={me.token.id} />}
      {cursor !== null && problem === undefined && <Again label="Show more" act={() => load(cursor)} />}
    </div>
  );
}

function Again({ label, act }: { readonly label: string; readonly act: () => Promise<void> }) {
  return (
    <p>
      <button type="button" onClick={() => void act()}>
        {label}
      </button>
    </p>
  );
}
