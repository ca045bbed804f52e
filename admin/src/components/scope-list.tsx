import { Parts } from './parts.tsx';

interface Props {
  readonly scopes: readonly string[];
  /** How many are shown at once; the others on demand. */
  readonly most?: number;
}

/** Scopes as they are written in gateway.yaml. */
export function ScopeList({ scopes, most = Infinity }: Props) {
  if (scopes.length === 0) return <span class="quiet">Nothing</span>;
  // One that is hidden saves no room.
  const shown = scopes.length <= most + 1 ? scopes.length : most;
  const rest = scopes.slice(shown);
  return (
    <>
      <Chips scopes={scopes.slice(0, shown)} />
      {rest.length > 0 && (
        <details class="more">
          <summary>{rest.length} more</summary>
          <Chips scopes={rest} />
        </details>
      )}
    </>
  );
}

function Chips({ scopes }: { readonly scopes: readonly string[] }) {
  return (
    <ul class="scopes" role="list">
      {scopes.map((scope) => (
        <li key={scope}>
          <code>
            <Parts of={scope} />
          </code>
        </li>
      ))}
    </ul>
  );
}
