import { Page } from '../components/page.tsx';
import { href } from '../router.ts';

export function NotFoundPage() {
  return (
    <Page title="No such page">
      <p>
        The console has no page at this address. <a href={href([])}>Go to the start</a>.
      </p>
    </Page>
  );
}
