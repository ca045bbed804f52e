import { useState } from 'preact/hooks';
import type { Calls } from '../api/calls.ts';
import { changeQuery } from '../router.ts';
import { SelectField, TextField } from './field.tsx';

type Query = Readonly<Record<string, string>>;
export type AuditQuery = Omit<Calls['GET /audit']['query'], 'limit' | 'cursor'>;
type Action = NonNullable<AuditQuery['action']>;

/** Each action that the log knows; the type keeps it whole. */
const actions = Object.keys({
  'organization.create': 0,
  'organization.change': 0,
  'organization.suspend': 0,
  'organization.resume': 0,
  'user.create': 0,
  'user.change': 0,
  'user.disable': 0,
  'user.enable': 0,
  'user.delete': 0,
  'user.enrolment': 0,
  'user.enrol': 0,
  'user.review': 0,
  'authorization.create': 0,
  'authorization.change': 0,
  'authorization.delete': 0,
  'token.create': 0,
  'token.edit': 0,
  'token.rotate': 0,
  'token.expire': 0,
  'token.disable': 0,
  'token.enable': 0,
  'token.revoke': 0,
  'token.delete': 0,
  'token.old_secret_used': 0,
  'assume_token.create': 0,
  'assume_token.expire': 0,
  'assume_token.delete': 0,
  'assume_token.refused': 0,
  'assume_session.start': 0,
  'assume_session.end': 0,
  'console_session.start': 0,
  'console_session.end': 0,
  'signing_key.create': 0,
  'signing_key.rotate': 0,
  'signing_key.retire': 0,
  'signing_key.delete': 0,
  'config.reload': 0,
  'calls.refused': 0,
  'audit.checkpoint': 0,
  'audit.alarm': 0,
} satisfies Record<Action, 0>) as Action[];

const texts = [
  ['target', 'What was changed', 'An id, such as tok_…'],
  ['actor', 'Who did it', 'The id of a user'],
  ['request_id', 'Request id', ''],
] as const;

/** What the address of the page asks for, as the call takes it. */
export function auditQueryOf(query: Query, organization: string): AuditQuery {
  const action = actions.find((one) => one === query['action']);
  const [since, until] = [startOfDay(query['since'], 0), startOfDay(query['until'], 1)];
  const given = texts.flatMap(([name]) => (query[name] ? [[name, query[name]] as const] : []));
  return {
    organization,
    ...(action !== undefined && { action }),
    ...Object.fromEntries(given),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** When a day, or one some days later, begins where the reader is. */
function startOfDay(date: string | undefined, later: number): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '') ?? [];
  if (year === undefined) return undefined;
  const at = new Date(Number(year), Number(month) - 1, Number(day) + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

export function AuditFilters({ query }: { readonly query: Query }) {
  const [wanted, setWanted] = useState(query);
  const change = (name: string, value: string): void => setWanted({ ...wanted, [name]: value.trim() });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    changeQuery(wanted);
  };
  const clear = (): void => {
    setWanted({});
    changeQuery({});
  };
  return (
    <form class="filters filters-wide" role="search" onSubmit={submit}>
      <SelectField
        label="Action"
        value={wanted['action'] ?? ''}
        options={[['', 'Any'], ...actions.map((one) => [one, one] as const)]}
        onChange={(value) => change('action', value)}
      />
      <TextField label="From" type="date" value={wanted['since'] ?? ''} onChange={(value) => change('since', value)} />
      <TextField label="To" type="date" value={wanted['until'] ?? ''} onChange={(value) => change('until', value)} />
      {texts.map(([name, label, hint]) => (
        <TextField
          key={name}
          label={label}
          placeholder={hint}
          value={wanted[name] ?? ''}
          onChange={(value) => change(name, value)}
        />
      ))}
      <div class="actions">
        <button type="submit">Filter</button>
        {Object.values(query).some(Boolean) && (
          <button type="button" onClick={clear}>
            Show all
          </button>
        )}
      </div>
    </form>
  );
}
