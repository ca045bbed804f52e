import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { AssumedBanner } from './assumed-banner.tsx';
import { ConfigurationBanner } from './configuration-banner.tsx';
import { href } from '../router.ts';
import { useMay, useSession } from '../session.ts';

interface Props {
  readonly path: readonly string[];
  readonly signOut: () => void;
  readonly children: ComponentChildren;
}

/** What is around every page: who is signed in, where one can go, and what must not be overlooked. */
export function Shell({ path, signOut, children }: Props) {
  const { me, organization } = useSession();
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path.join('/')]);
  const closeByKey = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape' || !isOpen) return;
    setOpen(false);
    menu.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the page
      </a>
      <AssumedBanner />
      <ConfigurationBanner />
      <header class="bar">
        <p class="wordmark">Wayleave</p>
        <button
          ref={menu}
          type="button"
          class="menu"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          onKeyDown={closeByKey}
        >
          Menu
        </button>
        <p class="who">
          <span class="who-name">{me.subject.username}</span> <span class="quiet">in {me.organization.slug}</span>
        </p>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <div class="columns">
        <nav class={isOpen ? 'nav open' : 'nav'} aria-label="Pages" onKeyDown={closeByKey}>
          {me.platform && (
            <p class="nav-organization">
              <span class="quiet">Organisation</span>
              <a href={href(['organizations'])}>{organization}</a>
            </p>
          )}
          <Links path={path} />
        </nav>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </>
  );
}

/** The place stands behind the # of the address, so the link itself goes nowhere. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

const organizationPages = [
  ['overview', 'Overview', 'wayleave:tokens:read'],
  ['tokens', 'Tokens', 'wayleave:tokens:read'],
  ['service-users', 'Service users', 'wayleave:org:read'],
  ['people', 'People', 'wayleave:org:read'],
  ['authorizations', 'Authorizations', 'wayleave:org:read'],
  ['assume-tokens', 'Assume-user tokens', 'wayleave:assume:issue'],
  ['audit', 'Audit', 'wayleave:audit:read'],
] as const;

const ownPages = [
  ['my-tokens', 'My tokens', 'wayleave:self'],
  ['assume', 'Assume user', 'wayleave:assume'],
  ['routes', 'Routes', undefined],
] as const;

const platformPages = [
  ['organizations', 'Organisations'],
  ['signing-keys', 'Signing keys'],
  ['webhooks', 'Webhooks'],
] as const;

function Links({ path }: { readonly path: readonly string[] }) {
  const { me, organization } = useSession();
  const may = useMay();
  const [first, , page] = path;
  const inOrganization = organizationPages.filter(([, , scope]) => may(scope));
  const own = ownPages.filter(([, , scope]) => scope === undefined || may(scope));
  return (
    <>
      {inOrganization.length > 0 && (
        <ul role="list">
          {inOrganization.map(([name, title]) => (
            <Link key={name} to={['o', organization, name]} title={title} isHere={first === 'o' && page === name} />
          ))}
        </ul>
      )}
      <ul role="list">
        {own.map(([name, title]) => (
          <Link key={name} to={[name]} title={title} isHere={first === name} />
        ))}
      </ul>
      {me.platform && (
        <ul role="list">
          {platformPages.map(([name, title]) => (
            <Link key={name} to={[name]} title={title} isHere={first === name} />
          ))}
        </ul>
      )}
    </>
  );
}

function Link(props: { readonly to: readonly string[]; readonly title: string; readonly isHere: boolean }) {
  return (
    <li>
      <a href={href(props.to)} aria-current={props.isHere ? 'page' : undefined}>
        {props.title}
      </a>
    </li>
  );
}
