/** Scopes as short labels; nothing is left out. */
export function ScopeList({ scopes }: { readonly scopes: readonly string[] }) {
  if (scopes.length === 0) return <span class="quiet">Nothing</span>;
  return (
    <ul class="scopes" role="list">
      {scopes.map((scope) => (
        <li key={scope}>
          <code>{scope}</code>
        </li>
      ))}
    </ul>
  );
}
