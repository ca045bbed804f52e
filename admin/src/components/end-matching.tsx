import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Receipt, Token, TokenExpiry, TokenPruning } from '../api/calls.ts';
import type { Answer } from '../api/client.ts';
import { useAction, useCall, type Action, type Loaded } from '../api/use-call.ts';
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
  const action = useAction();
  const body = { ...filter, state };
  return (
    <EndFound
      title="Expire all that match?"
      verb="Expire"
      fate="end"
      found={useCall('POST /tokens/expire', { body: { ...body, dry_run: true } })}
      action={action}
      act={() => action.run('POST /tokens/expire', { body })}
      onClose={onClose}
    >
      <p>They end now and stay listed as expired. The token that you are signed in with is left out.</p>
    </EndFound>
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
  const action = useAction();
  const [age, setAge] = useState<(typeof ages)[number][0]>('90d');
  const body = { ...filter, state, ended_for: age } satisfies TokenPruning;
  return (
    <EndFound
      title="Delete old tokens?"
      verb="Delete"
      fate="be deleted"
      found={useCall('POST /tokens/prune', { body: { ...body, dry_run: true } })}
      action={action}
      act={() => action.run('POST /tokens/prune', { body })}
      onClose={onClose}
    >
      <p>They leave the lists. The audit log keeps them.</p>
      <SelectField label="Ended at least so long ago" value={age} options={ages} onChange={setAge} />
    </EndFound>
  );
}

type Found = Pick<Answer<'POST /tokens/expire'>, 'tokens' | 'more'>;

interface EndProps {
  readonly title: string;
  readonly verb: string;
  /** What becomes of the tokens, after "will". */
  readonly fate: string;
  /** What a dry run found. */
  readonly found: Loaded<Found>;
  readonly action: Action;
  readonly act: () => Promise<{ readonly receipt?: Receipt } | undefined>;
  readonly onClose: (isDone: boolean) => void;
  readonly children: ComponentChildren;
}

function EndFound({ title, verb, fate, found, action: { busy, problem }, act, onClose, children }: EndProps) {
  const count = found.body?.tokens.length ?? 0;
  return (
    <Confirm
      title={title}
      verb={count === 0 ? verb : `${verb} ${count}`}
      busy={busy}
      isReady={count > 0 && !found.busy}
      problem={problem}
      act={act}
      onClose={onClose}
    >
      {children}
      <Answered loaded={found}>{(answer) => <Which {...answer} fate={fate} />}</Answered>
    </Confirm>
  );
}

const shownMax = 20;

/** What a dry run found. */
function Which({ tokens, more, fate }: Found & Pick<EndProps, 'fate'>) {
  if (tokens.length === 0) return <p>No token matches.</p>;
  const rest = tokens.length - shownMax;
  return (
    <>
      <p>
        <strong>
          {tokens.length} {tokens.length === 1 ? 'token' : 'tokens'} will {fate}
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
