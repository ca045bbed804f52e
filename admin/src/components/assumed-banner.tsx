import { useEffect, useState } from 'preact/hooks';
import type { AssumeSession } from '../api/calls.ts';
import type { Problem } from '../api/client.ts';
import { useAction, useList } from '../api/use-call.ts';
import { useMay, useSession } from '../session.ts';
import { useKeptFresh } from './use-kept-fresh.ts';

const changedEvent = 'wayleave:assumed';

/** Tells the banner that a session has begun or ended. */
export function sessionsChanged(): void {
  dispatchEvent(new Event(changedEvent));
}

/** Says on every page that one acts as somebody else, until when, and lets one stop. */
export function AssumedBanner() {
  const { me } = useSession();
  const mayAssume = useMay()('wayleave:assume');
  return mayAssume || me.actor !== null ? <Banners /> : null;
}

function Banners() {
  const { items, reload } = useList('GET /assume', { query: { state: 'active' } });
  useKeptFresh(changedEvent, reload);
  return (
    <div role="region" aria-label="Assumed users">
      {items?.map((session) => (
        <Banner key={session.id} session={session} />
      ))}
    </div>
  );
}

function Banner({ session }: { readonly session: AssumeSession }) {
  const { me, lookThrough } = useSession();
  const { busy, problem, run } = useAction();
  const { subject, actor, organization } = session;
  const isLooking = me.actor !== null && me.token.id === session.id;
  const stop = async (): Promise<void> => {
    const ended = await run('DELETE /assume/{id}', { params: { id: session.id } });
    if (ended === undefined) return;
    if (isLooking) lookThrough(undefined);
    sessionsChanged();
  };
  return (
    <div class="banner banner-assumed">
      <p>
        <strong>
          You act as {subject.username} of {organization}
        </strong>{' '}
        and are really {actor.username} of {actor.organization}.{isLooking && ' You see what they see, read-only.'} It
        ends in <Countdown until={session.idle_until ?? session.expires_at} />.
        {problem !== undefined && <span role="alert"> {sentenceOf(problem)}</span>}
      </p>
      <div class="actions">
        {isLooking && (
          <button type="button" onClick={() => lookThrough(undefined)}>
            See your own pages
          </button>
        )}
        {me.actor === null && session.actor_token_id === me.token.id && (
          <button type="button" onClick={() => lookThrough(session.id)}>
            See what {subject.username} sees
          </button>
        )}
        <button type="button" class="danger" aria-disabled={busy} onClick={() => void stop()}>
          {busy ? 'Stopping…' : 'Stop'}
        </button>
      </div>
    </div>
  );
}

function sentenceOf({ title, detail, request_id: id }: Problem): string {
  return `${title}: ${detail}${id === undefined ? '' : ` Request ${id}`}`;
}

/** How long it is until an instant, to the second. */
function Countdown({ until }: { readonly until: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.round((Date.parse(until) - now) / 1000));
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return (
    <span role="timer" class="countdown">
      {hours}:{twoDigits(minutes)}:{twoDigits(seconds)}
    </span>
  );
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
