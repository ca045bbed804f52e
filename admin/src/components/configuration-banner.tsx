import { useCall } from '../api/use-call.ts';
import { useSession } from '../session.ts';
import { useKeptFresh } from './use-kept-fresh.ts';

const changedEvent = 'wayleave:configuration';

/** Tells the banner that the file was read again. */
export function configurationChanged(): void {
  dispatchEvent(new Event(changedEvent));
}

/** Tells the platform's admins, on every page, that the gateway.yaml on disk is not what is in force. */
export function ConfigurationBanner() {
  const { me } = useSession();
  return me.platform ? <Banner /> : null;
}

function Banner() {
  const { body, reload } = useCall('GET /config', {});
  useKeptFresh(changedEvent, reload);
  if (body === undefined || body.last_attempt.failure === null) return null;
  return (
    <div class="banner banner-bad" role="alert">
      <p>
        <strong>gateway.yaml is not valid.</strong> Revision <code>{body.revision}</code> stays in force.{' '}
        {body.last_attempt.failure}
      </p>
    </div>
  );
}
