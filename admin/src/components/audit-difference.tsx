import type { AuditEntry } from '../api/calls.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Difference {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a row of the audit log says was before and after, field by field. */
export function AuditDifference({ entry }: { readonly entry: AuditEntry }) {
  const { reason, request_id: requestId } = entry;
  const differences = differencesOf(fieldsOf(entry.before), fieldsOf(entry.after));
  return (
    <details class="difference">
      <summary>{summaryOf(differences)}</summary>
      <dl>
        {differences.map(({ name, before, after }) => (
          <div key={name}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>
              {before !== undefined && <del>{before}</del>}
              {before !== undefined && after !== undefined && <span aria-label="then"> → </span>}
              {after !== undefined && <ins>{after}</ins>}
            </dd>
          </div>
        ))}
      </dl>
      {reason !== null && <p>Reason: {reason}</p>}
      {requestId !== null && (
        <p class="quiet">
          Request <code>{requestId}</code>
        </p>
      )}
    </details>
  );
}

const namedMax = 3;

function summaryOf(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'Nothing';
  const names = differences.slice(0, namedMax).map(({ name }) => name.replaceAll('_', ' '));
  const rest = differences.length - names.length;
  return rest === 0 ? names.join(', ') : `${names.join(', ')} and ${rest} more`;
}

/** What is the same before and after is left out. */
function differencesOf(before: Fields, after: Fields): readonly Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .map((name) => ({ name, before: textOf(before[name]), after: textOf(after[name]) }))
    .filter((one) => one.before !== one.after);
}

/** A value that is no object stands for itself. */
function fieldsOf(value: unknown): Fields {
  if (value === null || value === undefined) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : { value };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null || value === '') return 'none';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ') || 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
