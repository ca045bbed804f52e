import { describe, expect, it } from 'vitest';
import {
  grantProblem,
  misplacedRoleProblem,
  unknownRoleProblem,
} from '../../../src/admin-api/authorizations/grant-rules.ts';
import { principalOf } from '../../../src/core/principal.ts';
import { recordFixture } from '../../support/record-fixture.ts';
import { configFixture } from '../support/config.ts';

const { projects, roleScopes } = configFixture();
const orgAdmin = principalOf(recordFixture({ scopes: ['wayleave:org:write'] }, ['wayleave/org-admin']), roleScopes);
const platformAdmin = principalOf(
  recordFixture(
    {
      scopes: ['wayleave:org:write', 'wayleave:platform'],
      owner: {
        ...recordFixture({}, ['wayleave/platform-admin']).owner,
        organization: { id: 'org_p', slug: 'platform', status: 'active' },
      },
    },
    [],
  ),
  roleScopes,
);

describe('grants', () => {
  it('an org admin grants any role of gateway.yaml, and roles of wayleave up to org-admin', () => {
    expect(grantProblem({ project: 'analytics', roles: ['viewer', 'super'] }, orgAdmin)).toBeUndefined();
    expect(grantProblem({ project: 'wayleave', roles: ['org-admin', 'auditor', 'member'] }, orgAdmin)).toBeUndefined();
  });

  it('nobody but an admin of the platform grants or takes platform-admin', () => {
    const grant = { project: 'wayleave', roles: ['auditor', 'platform-admin'] };
    expect(grantProblem(grant, orgAdmin)).toMatchObject({ code: 'grant_denied' });
    expect(grantProblem(grant, platformAdmin)).toBeUndefined();
  });

  it('platform-admin has its place in the organisation platform alone', () => {
    const grant = { project: 'wayleave', roles: ['platform-admin'] };
    expect(misplacedRoleProblem(grant, 'platform')).toBeUndefined();
    expect(misplacedRoleProblem(grant, 'acme')).toMatchObject({ errors: [{ pointer: '/roles/0' }] });
    expect(misplacedRoleProblem({ project: 'analytics', roles: ['platform-admin'] }, 'acme')).toBeUndefined();
  });

  it('names the project or role that does not exist, and those that do', () => {
    expect(unknownRoleProblem({ project: 'analytics', roles: ['viewer'] }, projects)).toBeUndefined();
    expect(unknownRoleProblem({ project: 'wayleave', roles: ['auditor'] }, projects)).toBeUndefined();
    expect(unknownRoleProblem({ project: 'billing', roles: ['viewer'] }, projects)?.detail).toBe(
      'The field /project is not a project; there is analytics, wayleave.',
    );
    expect(unknownRoleProblem({ project: 'analytics', roles: ['viewer', 'toString'] }, projects)?.errors).toEqual([
      { pointer: '/roles/1', detail: 'is not a role of analytics; it has viewer, editor, admin, super' },
    ]);
  });
});
