import { useState } from 'preact/hooks';
import { useList } from '../api/use-call.ts';
import { DataTable } from '../components/data-table.tsx';
import { ExpireMatching, PruneMatching } from '../components/end-matching.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { Tabs } from '../components/tabs.tsx';
import { tokenColumns } from '../components/token-columns.tsx';
import { useUserNames } from '../components/user-names.ts';
import { changeQuery, href, usePlace } from '../router.ts';
import { useMay, useSession } from '../session.ts';

const tabs = [
  ['active', 'Active'],
  ['disabled', 'Disabled'],
  ['expired', 'Expired'],
  ['revoked', 'Revoked'],
] as const;

type State = (typeof tabs)[number][0];

const sorts = [
  ['-created_at', 'Newest first'],
  ['created_at', 'Oldest first'],
  ['expires_at', 'Expiring first'],
  ['last_used_at', 'Longest unused first'],
  ['-last_used_at', 'Last used first'],
  ['name', 'Name'],
] as const;

const unused = [
  ['', 'Any time'],
  ['7d', 'Not for 7 days'],
  ['30d', 'Not for 30 days'],
  ['60d', 'Not for 60 days'],
  ['90d', 'Not for 90 days'],
] as const;

const endings = [
  ['', 'Any time'],
  ['7', 'Within 7 days'],
  ['30', 'Within 30 days'],
  ['90', 'Within 90 days'],
] as const;

/** One of the values that a list of options has; the first where the address says something else. */
function oneOf<Value extends string>(
  options: readonly (readonly [Value, string])[],
  value: string | undefined,
): Value | undefined {
  return options.map(([one]) => one).find((one) => one === value);
}

/** The tokens of the organisation: what is shown stands in the address, so that it can be sent to somebody. */
export function TokensPage() {
  const { me, organization } = useSession();
  const may = useMay();
  const { query } = usePlace();
  const state: State = oneOf(tabs, query['state']) ?? 'active';
  const list = useList('GET /tokens', { query: queryOf(query, state, organization) });
  const create = may('wayleave:tokens:write') && (
    <a class="button primary" href={href(['o', organization, 'tokens', 'new'])}>
      Create token
    </a>
  );
  const columns = tokenColumns(({ id }) => ['o', organization, 'tokens', id], {
    current: me.token.id,
    withOwner: true,
  });
  return (
    <Page title="Tokens" lead={`Every access token of ${organization}.`} actions={create}>
      <Tabs label="Tokens by state" tabs={tabs} current={state} path={['o', organization, 'tokens']} query={query} />
      <Filters key={query['search'] ?? ''} query={query} />
      {query['user_id'] !== undefined && <OfOneUser userId={query['user_id']} query={query} />}
      {may('wayleave:tokens:write') && <Matching query={query} state={state} reload={list.reload} />}
      <Listing list={list} empty={<Empty state={state} isFiltered={isFiltered(query)} />}>
        {(items) => <DataTable caption={`${state} tokens`} columns={columns} rows={items} keyOf={({ id }) => id} />}
      </Listing>
    </Page>
  );
}

type Query = Readonly<Record<string, string>>;

function isFiltered({ search, unused_for: unusedFor, within, user_id: userId }: Query): boolean {
  return [search, unusedFor, within, userId].some((one) => one !== undefined && one !== '');
}

/** What is done to all that the filters let through. */
function Matching({
  query,
  state,
  reload,
}: {
  readonly query: Query;
  readonly state: State;
  readonly reload: () => void;
}) {
  const { organization } = useSession();
  const [isAsked, setAsked] = useState(false);
  const isEnding = state === 'active' || state === 'disabled';
  // Of what nobody filtered, all would end: nobody means that.
  if (isEnding && !isFiltered(query)) return null;
  const closed = (isDone: boolean): void => {
    setAsked(false);
    if (isDone) reload();
  };
  const { state: _state, sort: _sort, ...filter } = queryOf(query, state, organization);
  const props = { filter, onClose: closed };
  return (
    <p>
      <button type="button" onClick={() => setAsked(true)}>
        {isEnding ? 'Expire all that match' : 'Delete old tokens'}
      </button>
      {isAsked && (isEnding ? <ExpireMatching {...props} state={state} /> : <PruneMatching {...props} state={state} />)}
    </p>
  );
}

function queryOf(query: Query, state: State, organization: string) {
  const days = Number(oneOf(endings, query['within']) ?? '');
  const sort = oneOf(sorts, query['sort']);
  const unusedFor = oneOf(unused, query['unused_for']) ?? '';
  // To the minute, or every look at the page would be another question.
  const until = Math.ceil(Date.now() / 60_000) * 60_000 + days * 86_400_000;
  return {
    organization,
    state,
    ...(sort !== undefined && { sort }),
    ...(query['search'] !== undefined && { search: query['search'] }),
    ...(query['user_id'] !== undefined && { user_id: query['user_id'] }),
    ...(unusedFor !== '' && { unused_for: unusedFor }),
    ...(days > 0 && { expires_before: new Date(until).toISOString() }),
  };
}

function Filters({ query }: { readonly query: Query }) {
  const [search, setSearch] = useState(query['search'] ?? '');
  const change = (name: string, value: string): void => changeQuery({ ...query, [name]: value });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change('search', search.trim());
  };
  return (
    <form class="filters" role="search" onSubmit={submit}>
      <TextField label="Search" placeholder="Name or owner" type="search" value={search} onChange={setSearch} />
      <SelectField
        label="Sort"
        value={oneOf(sorts, query['sort']) ?? '-created_at'}
        options={sorts}
        onChange={(value) => change('sort', value)}
      />
      <SelectField
        label="Expires"
        value={oneOf(endings, query['within']) ?? ''}
        options={endings}
        onChange={(value) => change('within', value)}
      />
      <SelectField
        label="Used"
        value={oneOf(unused, query['unused_for']) ?? ''}
        options={unused}
        onChange={(value) => change('unused_for', value)}
      />
      <button type="submit">Search</button>
    </form>
  );
}

/** Says whose tokens these are alone. */
function OfOneUser({ userId, query }: { readonly userId: string; readonly query: Query }) {
  const nameOf = useUserNames([userId]);
  return (
    <p class="actions">
      <span>
        Only those of <strong>{nameOf(userId)}</strong>.
      </span>
      <button type="button" onClick={() => changeQuery({ ...query, user_id: '' })}>
        Show every owner
      </button>
    </p>
  );
}

function Empty({ state, isFiltered: filtered }: { readonly state: State; readonly isFiltered: boolean }) {
  const { organization } = useSession();
  if (filtered) return <p>No {state} token matches. Search for something else, or take a filter away.</p>;
  if (state !== 'active') return <p>No token is {state}.</p>;
  return (
    <p>
      There is no active token yet. Create a <a href={href(['o', organization, 'service-users'])}>service user</a>{' '}
      first, then a token of it.
    </p>
  );
}
