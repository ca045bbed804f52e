import type { ComponentChildren } from 'preact';
import type { Me } from './api/calls.ts';
import { AssumePage } from './pages/assume.tsx';
import { AssumeSessionPage } from './pages/assume-session.tsx';
import { AssumeTokensPage } from './pages/assume-tokens.tsx';
import { AuditPage } from './pages/audit.tsx';
import { AuthorizationsPage } from './pages/authorizations.tsx';
import { CreateTokenPage } from './pages/create-token.tsx';
import { GenerateAssumeTokenPage } from './pages/generate-assume-token.tsx';
import { MyTokensPage } from './pages/my-tokens.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { OrganizationsPage } from './pages/organizations.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { RoutesPage } from './pages/routes.tsx';
import { SigningKeysPage } from './pages/signing-keys.tsx';
import { TokenPage } from './pages/token.tsx';
import { TokensPage } from './pages/tokens.tsx';
import { UsersPage } from './pages/users.tsx';
import { WebhooksPage } from './pages/webhooks.tsx';

interface Found {
  /** The organisation whose page it is; undefined where it is none's. */
  readonly organization: string | undefined;
  readonly page: ComponentChildren;
}

/** Where somebody begins. */
export function startOf(me: Me): readonly string[] {
  if (me.scopes.includes('wayleave:tokens:read')) return ['o', me.organization.slug, 'overview'];
  // Tokens of one's own are nothing that an assumed user sees here.
  return me.actor === null ? ['my-tokens'] : ['routes'];
}

/** The page of a path. */
export function pageAt(path: readonly string[]): Found {
  const [first, organization, ...rest] = path;
  if (first === 'o') return { organization, page: pageOfOrganization(rest) };
  return { organization: undefined, page: ownPage(path) };
}

function pageOfOrganization([name, id]: readonly string[]): ComponentChildren {
  switch (name) {
    case 'overview':
      return <OverviewPage />;
    case 'tokens':
      if (id === undefined) return <TokensPage />;
      return id === 'new' ? <CreateTokenPage /> : <TokenPage id={id} />;
    case 'service-users':
      return <UsersPage kind="service" />;
    case 'people':
      return <UsersPage kind="human" />;
    case 'authorizations':
      return <AuthorizationsPage />;
    case 'assume-tokens':
      return id === 'new' ? <GenerateAssumeTokenPage /> : <AssumeTokensPage />;
    case 'assume-sessions':
      return id === undefined ? <NotFoundPage /> : <AssumeSessionPage id={id} />;
    case 'audit':
      return <AuditPage />;
    default:
      return <NotFoundPage />;
  }
}

function ownPage([name, id]: readonly string[]): ComponentChildren {
  switch (name) {
    case 'my-tokens':
      if (id === undefined) return <MyTokensPage />;
      return id === 'new' ? <CreateTokenPage isOwn /> : <TokenPage id={id} isOwn />;
    case 'assume':
      return <AssumePage />;
    case 'routes':
      return <RoutesPage />;
    case 'organizations':
      return <OrganizationsPage />;
    case 'signing-keys':
      return <SigningKeysPage />;
    case 'webhooks':
      return <WebhooksPage />;
    default:
      return <NotFoundPage />;
  }
}
