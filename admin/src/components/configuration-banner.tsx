import { useCall } from '../api/use-call.ts';
import { useSession } from '../session.ts';

/** Tells the platform's admins, on every page, that the gateway.yaml on disk is not what is in force. */
export function ConfigurationBanner() {
  const { me } = useSession();
  const { body } = useCall('GET /config', me.platform ? {} : undefined);
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
