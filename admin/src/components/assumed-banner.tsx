import { useEffect, useState } from 'preact/hooks';
import type { AssumeSession } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { useMay, useSession } from '../session.ts';

const changedEvent = 'wayleave:assumed';
const lookMs = 30_000;

/** Tells the banner that a session has begun or ended. */
export function sessionsChanged(): void {
  dispatchEvent(new Event(changedEvent));
}

/** Says on every page that one acts as somebody else, until when, and lets one stop. */
export function AssumedBanner() {
  return useMay()('wayleave:assume') ? <Banners /> : null;
}

function Banners() {
  const { items, reload } = useList('GET /assume', { query: { state: 'active' } });
  useEffect(() => {
    addEventListener(changedEvent, reload);
    const timer = setInterval(reload, lookMs);
    return () => {
      removeEventListener(changedEvent, reload);
      clearInterval(timer);
    };
  }, []);
  return (
    <div role="region" aria-label="Assumed users">
      {items?.map((session) => (
        <Banner key={session.id} session={session} />
      ))}
    </div>
  );
}

function Banner({ session }: { readonly session: AssumeSession }) {
  const { me } = useSession();
  const { busy, problem, run } = useAction();
  const stop = async (): Promise<void> => {
    const ended = await run('DELETE /assume/{id}', { params: { id: session.id } });
    if (ended !== undefined) sessionsChanged();
  };
  return (
    <div class="banner banner-assumed">
      <p>
        <strong>
          You act as {session.subject.username} of {session.organization}
        </strong>{' '}
        and are really {me.subject.username} of {me.organization.slug}. It ends in{' '}
        <Countdown until={session.idle_until ?? session.expires_at} />.
        {problem !== undefined && <span role="alert"> {problem.detail}</span>}
      </p>
      <button type="button" aria-disabled={busy} onClick={() => void stop()}>
        {busy ? 'Stopping…' : 'Stop'}
      </button>
    </div>
  );
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
