import { useCall } from '../api/use-call.ts';
import { fewOf, reachOf } from '../reach.ts';

/** A plain sentence of what a token of some scopes can and cannot do, by the routes in force. */
export function ReachNote({ scopes }: { readonly scopes: ReadonlySet<string> }) {
  const { body } = useCall('GET /routes', {});
  if (body === undefined) return null;
  const { can, cannot } = reachOf(body.items, scopes);
  const onAdmin = [...scopes].filter((scope) => scope.startsWith('wayleave:'));
  return (
    <div class="note" role="status">
      <p>
        <strong>It can</strong> {can.length === 0 ? 'call none of the routes' : `call ${fewOf(can)}`}
        {onAdmin.length > 0 && `, and use the admin API with ${onAdmin.join(', ')}`}.
      </p>
      <p>
        <strong>It cannot</strong>{' '}
        {cannot.length === 0 ? 'be refused by any route for want of a scope' : `call ${fewOf(cannot)}`}
        {onAdmin.length === 0 && ', nor use the admin API'}.
      </p>
    </div>
  );
}
