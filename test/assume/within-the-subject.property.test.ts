import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { scopesOfUser } from '../../src/core/user-scopes.ts';
import type { User } from '../../src/core/directory.ts';
import type { Holder } from '../admin-api/support/people.ts';
import { count } from '../support/counts.ts';
import { openScene, type Leave, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});

const roles = ['analytics/viewer', 'analytics/editor', 'wayleave/org-admin', 'wayleave/auditor'] as const;
const scopes = ['read', 'device:read', 'device:write', 'wayleave:org:read', 'wayleave:self'] as const;
const person = fc.nat({ max: 3 });

const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('grant' as const), who: person, role: fc.constantFrom(...roles) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ungrant' as const), who: person, which: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('issue' as const),
      issuer: person,
      subject: person,
      scopes: fc.subarray([...scopes]),
      lifetimeMs: fc.constantFrom(60_000, 7_200_000, null),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('redeem' as const),
      who: person,
      which: fc.nat(),
      byOutsider: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('toggle' as const), who: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(30_000, 3_600_000) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

interface Play {
  readonly people: readonly Holder[];
  readonly outsider: Holder;
  readonly leaves: Leave[];
  readonly sessions: { readonly id: string; readonly secret: string; readonly subject: string; isEnded: boolean }[];
}

async function take(step: Step, play: Play): Promise<void> {
  const { stores, clock } = scene;
  const at = (who: number): User => play.people[who]?.user ?? play.outsider.user;
  switch (step.kind) {
    case 'grant':
      return scene.people.grant(at(step.who), [step.role]);
    case 'ungrant': {
      const { organizationId, id: userId } = at(step.who);
      const { items } = await stores.authorizations.list(organizationId, { userId }, { limit: 10 });
      const one = items[step.which % Math.max(1, items.length)];
      if (one !== undefined) await stores.authorizations.remove(organizationId, one.id);
      return;
    }
    case 'issue': {
      const [issuer, subject] = [play.people[step.issuer], play.people[step.subject]];
      if (issuer === undefined || subject === undefined) return;
      // Whatever the admin API would have said to it: the store takes it, and the judgement must hold all the same.
      play.leaves.push(await scene.issue({ issuer, subject, scopes: step.scopes, lifetimeMs: step.lifetimeMs }));
      return;
    }
    case 'redeem': {
      const leave = play.leaves[step.which % Math.max(1, play.leaves.length)];
      const who = step.byOutsider ? play.outsider : play.people[step.who];
      if (leave === undefined || who === undefined || 'code' in (await scene.authenticate(who.secret))) return;
      const outcome = await scene.redeem(who, leave);
      if (outcome.kind === 'refused' || outcome.secret === undefined) return;
      const { session, secret } = outcome;
      play.sessions.push({ id: session.id, secret, subject: session.subject.id, isEnded: false });
      return;
    }
    case 'end': {
      const session = play.sessions[step.which % Math.max(1, play.sessions.length)];
      if (session === undefined) return;
      await stores.assumeSessions.end(session.id, { userId: 'usr_admin', as: 'admin' });
      session.isEnded = true;
      return;
    }
    case 'expire': {
      const leave = play.leaves[step.which % Math.max(1, play.leaves.length)];
      if (leave !== undefined)
        await stores.assumeTokens.expire(leave.token.organizationId, leave.token.id, 'usr_admin');
      return;
    }
    case 'toggle': {
      const { organizationId, id } = at(step.who);
      const { status } = (await stores.users.find(organizationId, id)) ?? { status: 'active' };
      await stores.users.change(organizationId, id, { status: status === 'active' ? 'disabled' : 'active' });
      return;
    }
    case 'wait':
      return clock.advance(step.ms);
  }
}

/** @throws when a session holds what its subject does not, at this moment */
async function check({ sessions }: Play): Promise<void> {
  for (const { secret, subject, isEnded } of sessions) {
    const outcome = await scene.authenticate(secret);
    if ('code' in outcome) {
      if (outcome.code !== 'assume_ended') throw new Error(`a session is refused with ${outcome.code}`);
      continue;
    }
    if (isEnded) throw new Error('a session that was ended goes on');
    const held = scopesOfUser(
      { ...outcome.subject, roles: await scene.stores.authorizations.rolesOf(subject) },
      scene.config.roleScopes,
    );
    for (const scope of outcome.scopes) {
      if (!held.has(scope)) throw new Error(`the session holds ${scope}, which its subject does not`);
      if (scope.startsWith('wayleave:')) throw new Error(`the session holds ${scope}`);
    }
    const user = await scene.stores.users.findById(subject);
    if (user?.status !== 'active') throw new Error('the subject is disabled, and the session goes on');
    if (outcome.actor === undefined || outcome.actor.id === subject) throw new Error('nobody else acts');
  }
}

describe('no sequence of grants, redemptions, role changes and endings', () => {
  it('ever yields a scope that the subject does not have at that moment', async () => {
    let name = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 8, maxLength: 24 }), async (sequence) => {
        const slug = `org-${++name}-${Math.random().toString(36).slice(2, 8)}`;
        const people = [];
        for (const role of [['wayleave/org-admin', 'analytics/editor'], ['analytics/viewer'], [], []]) {
          people.push(await scene.people.token(await scene.people.user(slug, role), ['wayleave:assume'], 1e10));
        }
        const outsider = await scene.people.token(await scene.people.user('outside'), ['wayleave:assume'], 1e10);
        const play: Play = { people, outsider, leaves: [], sessions: [] };
        const [admin, viewer] = people;
        if (admin === undefined || viewer === undefined) throw new Error('nobody is there');
        play.leaves.push(await scene.issue({ issuer: admin, scopes: [...scopes] }));
        play.leaves.push(await scene.issue({ issuer: admin, subject: viewer, scopes: [...scopes] }));
        for (const step of sequence) {
          await take(step, play);
          await check(play);
        }
      }),
      { numRuns: count(12, 400) },
    );
  });
});
