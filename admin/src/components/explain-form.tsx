import { useRef, useState } from 'preact/hooks';
import type { ExplainRequest, Explanation } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { SelectField, TextField } from './field.tsx';
import { ProblemNote } from './problem-note.tsx';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** Asks what would become of a request, and draws the answer step by step. */
export function ExplainForm() {
  const { busy, problem, run } = useAction();
  const [method, setMethod] = useState<(typeof methods)[number]>('GET');
  const [path, setPath] = useState('/');
  const [host, setHost] = useState('');
  const [scopes, setScopes] = useState('');
  const [requestId, setRequestId] = useState('');
  const token = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Explanation>();

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const secret = token.current?.value.trim() ?? '';
    const body = wishOf({ method, path, host, scopes, requestId, secret });
    setFound(await run('POST /explain', { body }));
    if (token.current !== null) token.current.value = '';
  };

  return (
    <>
      <form class="filters filters-wide" onSubmit={(event) => void submit(event)} novalidate>
        <SelectField
          label="Method"
          value={method}
          options={methods.map((one) => [one, one] as const)}
          onChange={setMethod}
        />
        <TextField label="Path" value={path} problem={fieldProblem(problem, 'path')} onChange={setPath} />
        <TextField label="Host" value={host} problem={fieldProblem(problem, 'host')} onChange={setHost} />
        <TextField
          label="With scopes"
          placeholder="device:read"
          value={scopes}
          problem={fieldProblem(problem, 'scopes')}
          onChange={setScopes}
        />
        <div class="field">
          <label for="explain-token">Or with a token</label>
          <input ref={token} id="explain-token" type="password" autocomplete="off" spellcheck={false} />
        </div>
        <TextField
          label="Or by request id"
          placeholder="Of X-Request-Id"
          value={requestId}
          problem={fieldProblem(problem, 'request_id')}
          onChange={setRequestId}
        />
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Asking…' : 'Explain'}
        </button>
      </form>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {found !== undefined && <Trace explanation={found} />}
    </>
  );
}

interface Wish {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** With spaces or commas between them. */
  readonly scopes: string;
  readonly requestId: string;
  /** A token; '' for none. */
  readonly secret: string;
}

function wishOf({ method, path, host, scopes, requestId, secret }: Wish): ExplainRequest {
  if (requestId.trim() !== '') return { request_id: requestId.trim() };
  const named = scopes.split(/[\s,]+/).filter((one) => one !== '');
  return {
    method,
    path: path.trim(),
    ...(host.trim() !== '' && { host: host.trim() }),
    ...(secret !== '' && { token: secret }),
    ...(named.length > 0 && { scopes: named }),
  };
}

/** The decision, and each step on the way to it. */
function Trace({ explanation }: { readonly explanation: Explanation }) {
  const { decision, status, code, detail, steps, fix, route } = explanation;
  const isAllowed = decision === 'allow';
  return (
    <div class="trace" role="status">
      <p class={isAllowed ? 'verdict good' : 'verdict bad'}>
        {isAllowed ? 'Let through' : `Refused with ${status ?? ''} ${code ?? ''}`}
        {route !== null && ` by the route ${route.name} (line ${route.line})`}
      </p>
      {detail !== null && <p>{sentence(detail)}</p>}
      <ol class="steps">
        {steps.map(({ stage, text, lines, decides }) => (
          <li key={`${stage} ${text}`} class={decides ? 'decides' : ''}>
            <span class="stage">{stage}</span> {text}
            {decides && <span class="quiet"> (decides)</span>}
            {lines.map((line) => (
              <span key={line} class="below quiet">
                {line}
              </span>
            ))}
          </li>
        ))}
      </ol>
      {fix !== null && <p class="note">{sentence(fix)}</p>}
    </div>
  );
}

/** A clause of a trace as a sentence. */
function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}${/[.!?]$/.test(clause) ? '' : '.'}`;
}
