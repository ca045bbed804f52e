import { useState } from 'preact/hooks';
import type { Token, TokenExpiry, TokenPruning } from '../api/calls.ts';
import type { Answer } from '../api/client.ts';
import { useAction, useCall } from '../api/use-call.ts';
import { Confirm } from './confirm.tsx';
import { SelectField } from './field.tsx';
import { useOfToken } from './last-use-text.ts';
import { Answered } from './listing.tsx';

type Filter = Omit<TokenExpiry, 'dry_run' | 'state'>;

interface Props {
  readonly filter: Filter;
  readonly onClose: (isDone: boolean) => void;
}

/** Ends all tokens of a filter, once it is shown which those are. */
export function ExpireMatching({ filter, state, onClose }: Props & { readonly state: 'active' | 'disabled' }) {
  const { busy, problem, run } = useAction();
  const body = { ...filter, state };
  const found = useCall('POST /tokens/expire', { body: { ...body, dry_run: true } });
  const count = found.body?.tokens.length ?? 0;
  return (
    <Confirm
      title="Expire all that match?"
      verb={verbOf('Expire', count)}
      busy={busy}
      isReady={count > 0 && !found.busy}
      problem={problem}
      act={() => run('POST /tokens/expire', { body })}
      onClose={onClose}
    >
      <p>They end now and stay listed as expired. The token that you are signed in with is left out.</p>
      <Answered loaded={found}>{(answer) => <Which {...answer} verb="end" />}</Answered>
    </Confirm>
  );
}

const ages = [
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['180d', '180 days'],
  ['365d', 'A year'],
] as const;

/** Takes tokens that ended long ago off the lists, once it is shown which those are. */
export function PruneMatching({ filter, state, onClose }: Props & { readonly state: 'expired' | 'revoked' }) {
  const { busy, problem, run } = useAction();
  const [age, setAge] = useState<(typeof ages)[number][0]>('90d');
  const body = { ...filter, state, ended_for: age } satisfies TokenPruning;
  const found = useCall('POST /tokens/prune', { body: { ...body, dry_run: true } });
  const count = found.body?.tokens.length ?? 0;
  return (
    <Confirm
      title="Delete old tokens?"
      verb={verbOf('Delete', count)}
      busy={busy}
      isReady={count > 0 && !found.busy}
      problem={problem}
      act={() => run('POST /tokens/prune', { body })}
      onClose={onClose}
    >
      <p>They leave the lists. The audit log keeps them.</p>
      <SelectField label="Ended at least so long ago" value={age} options={ages} onChange={setAge} />
      <Answered loaded={found}>{(answer) => <Which {...answer} verb="be deleted" />}</Answered>
    </Confirm>
  );
}

function verbOf(verb: string, count: number): string {
  return count === 0 ? verb : `${verb} ${count}`;
}

const shownMax = 20;

/** What a dry run found. */
function Which({
  tokens,
  more,
  verb,
}: Pick<Answer<'POST /tokens/expire'>, 'tokens' | 'more'> & { readonly verb: string }) {
  if (tokens.length === 0) return <p>No token matches.</p>;
  const rest = tokens.length - shownMax;
  return (
    <>
      <p>
        <strong>
          {tokens.length} {tokens.length === 1 ? 'token' : 'tokens'} will {verb}
        </strong>
        {more && ', and there are more: do it again for the rest'}.
      </p>
      <ul class="matching">
        {tokens.slice(0, shownMax).map((token) => (
          <li key={token.id}>
            {token.name} <span class="quiet">{lineOf(token)}</span>
          </li>
        ))}
        {rest > 0 && <li class="quiet">and {rest} more</li>}
      </ul>
    </>
  );
}

function lineOf(token: Token): string {
  return `of ${token.username}, ${useOfToken(token)}`;
}
