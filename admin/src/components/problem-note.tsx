import type { Problem } from '../api/client.ts';

interface Props {
  readonly problem: Problem;
  readonly again?: () => void;
  /** Where no field shows what is wrong with it. */
  readonly withErrors?: boolean;
}

/** What went wrong, in the server's words, with the id under which its log says more. */
export function ProblemNote({ problem, again, withErrors = false }: Props) {
  return (
    <div class="note note-problem" role="alert">
      <p class="note-title">{problem.title}</p>
      {problem.code === 'validation_failed' && problem.errors !== undefined ? (
        <ul>
          {problem.errors.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              <code>{pointer.slice(1) || 'body'}</code> {detail}
            </li>
          ))}
        </ul>
      ) : (
        <p>{problem.detail}</p>
      )}
      {withErrors && problem.errors !== undefined && (
        <ul>
          {problem.errors.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>{detail}</li>
          ))}
        </ul>
      )}
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
