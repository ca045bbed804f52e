import type { Problem } from '../api/client.ts';

/** What went wrong, in the server's words, with the id under which its log says more. */
export function ProblemNote({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  return (
    <div class="note note-problem" role="alert">
      <p class="note-title">{problem.title}</p>
      <p>{problem.detail}</p>
      {problem.request_id !== undefined && (
        <p class="quiet">
          Request <code>{problem.request_id}</code>
        </p>
      )}
      {again !== undefined && (
        <p>
          <button type="button" onClick={again}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
