import fc from 'fast-check';
import { assert, beforeAll, expect, it } from 'vitest';
import { blockBeyond } from '../../../src/core/address-blocks.ts';
import { principalOf, type Principal } from '../../../src/core/principal.ts';
import { scopesOfUser } from '../../../src/core/user-scopes.ts';
import { isBuiltInScope } from '../../../src/core/scope.ts';
import { hashToken, lastFour, mintToken, type RawToken } from '../../../src/core/token.ts';
import type { TokenRecord } from '../../../src/core/token-record.ts';
import { PostgresTokenLookup } from '../../../src/tokens/postgres-token-lookup.ts';
import { count } from '../../support/counts.ts';
import { recordFixture } from '../../support/record-fixture.ts';
import { ManualClock } from '../../tokens/fixture.ts';
import type { User } from '../../../src/core/directory.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens';
const dayMs = 86_400_000;
const clock = new ManualClock();
const catalogue = ['read', 'device:read', 'device:write', 'admin', 'wayleave:self', 'wayleave:tokens:write'];
const manager = ['wayleave:self', 'wayleave:tokens:write'];
const roles = ['analytics/viewer', 'analytics/editor', 'analytics/super', 'wayleave/org-admin'];
const blocks = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '2001:db8::/32'];

interface Held {
  readonly secret: RawToken;
  readonly parentOf: Held | undefined;
}

let world: World;
let direct: PostgresTokenLookup;

beforeAll(async () => {
  world = await openWorld({ clock, config: { trustedProxies: ['127.0.0.1/32'] } });
  direct = new PostgresTokenLookup(world.database);
});

const steps = fc.oneof(
  fc.record({
    kind: fc.constant('mint' as const),
    by: fc.nat(),
    owner: fc.nat({ max: 2 }),
    scopes: fc.uniqueArray(fc.constantFrom(...catalogue), { minLength: 1 }),
    days: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    ips: fc.option(fc.uniqueArray(fc.constantFrom(...blocks)), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('derive' as const), by: fc.nat(), days: fc.integer({ min: 1, max: 400 }) }),
  fc.record({
    kind: fc.constant('edit' as const),
    by: fc.nat(),
    what: fc.nat(),
    scopes: fc.uniqueArray(fc.constantFrom(...catalogue), { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('rotate' as const),
    by: fc.nat(),
    what: fc.nat(),
    overlap: fc.constantFrom('0', '1h', '7d'),
    days: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('grant' as const), owner: fc.nat({ max: 2 }), role: fc.constantFrom(...roles) }),
  fc.record({ kind: fc.constant('ungrant' as const), owner: fc.nat({ max: 2 }), which: fc.nat() }),
  fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 10 }) }),
);
type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

const { roleScopes, policy } = {
  roleScopes: () => world.deps.currentConfig().roleScopes,
  policy: { maxLifetimeMs: 365 * dayMs, sessionMaxMs: Infinity },
};

function principal(record: TokenRecord): Principal {
  return principalOf(record, roleScopes(), policy);
}

async function recordOf(held: Held): Promise<TokenRecord> {
  const record = await direct.read(hashToken(held.secret));
  if (record === undefined) throw new Error('a token that was made is not known');
  return record;
}

const endOf = (expiresAt: number | null): number => expiresAt ?? Infinity;

/** Everything that `inner` may do, `outer` may too. */
function expectWithin(inner: Principal, outer: Principal, what: string): void {
  expect(
    [...inner.scopes].filter((scope) => !outer.scopes.has(scope)),
    `${what}: scopes`,
  ).toEqual([]);
  expect(blockBeyond(inner.allowedIps, outer.allowedIps), `${what}: addresses`).toBeUndefined();
  expect(endOf(inner.expiresAt), `${what}: end`).toBeLessThanOrEqual(endOf(outer.expiresAt));
}

/** A small society: a person who may do much, another one, and a service user, with the tokens that come about. */
class Society {
  readonly users: User[] = [];
  readonly held: Held[] = [];
  #made = 0;

  async open(): Promise<this> {
    const all = roles;
    for (const kind of ['human', 'human', 'service'] as const) {
      this.users.push(await world.people.user('acme', this.users.length === 1 ? roles.slice(0, 1) : all, kind));
    }
    for (const user of this.users) {
      // One that may do much, and one that may change it and do little else, for a shorter time.
      for (const [scopes, days] of [[catalogue, 200] as const, [manager, 30] as const]) {
        const { secret } = await world.people.token(user, scopes, days * dayMs);
        this.held.push({ secret, parentOf: undefined });
      }
    }
    return this;
  }

  pick(at: number): Held {
    const held = this.held[at % this.held.length];
    if (held === undefined) throw new Error('there is no token');
    return held;
  }

  async call(by: Held, method: string, target: string, body: unknown) {
    const [block = '192.0.2.1/32'] = (await recordOf(by)).allowedIps;
    const from = block.split('/')[0] ?? '';
    return world.client(by.secret).call(method, target, body, { 'x-forwarded-for': from });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'mint':
        return this.#mint(step);
      case 'derive':
        return this.#derive(step);
      case 'edit':
        return this.#edit(step);
      case 'rotate':
        return this.#rotate(step);
      case 'grant':
        return world.people.grant(this.#user(step.owner), [step.role]);
      case 'ungrant':
        return this.#ungrant(step);
      case 'wait':
        return clock.advance(step.days * dayMs);
    }
  }

  #user(at: number): User {
    const user = this.users[at];
    if (user === undefined) throw new Error('there is no such user');
    return user;
  }

  async #mint({ by, owner, scopes, days, ips }: Extract<Step, { kind: 'mint' }>): Promise<void> {
    const caller = this.pick(by);
    const before = principal(await recordOf(caller));
    const answer = await this.call(caller, 'POST', path, {
      user_id: this.#user(owner).id,
      name: `t${++this.#made}`,
      scopes,
      ...(days !== undefined && { lifetime: `${days}d` }),
      ...(ips && { allowed_ips: ips }),
    });
    if (answer.status !== 201) return;
    const made: Held = { secret: String(answer.body['secret']) as RawToken, parentOf: undefined };
    this.held.push(made);
    expectWithin(principal(await recordOf(made)), before, 'a new token and the one that made it');
  }

  /** As sessions and exchanged tokens come about. */
  async #derive({ by, days }: Extract<Step, { kind: 'derive' }>): Promise<void> {
    const parent = this.pick(by);
    const record = await recordOf(parent);
    const secret = mintToken('wl', 'pat');
    const outcome = await world.deps.stores.tokens.create({
      userId: record.owner.id,
      name: `d${++this.#made}`,
      scopes: catalogue,
      expiresAt: clock.now() + days * dayMs,
      hash: hashToken(secret),
      lastFour: lastFour(secret),
      createdBy: record.owner.id,
      parentId: record.id,
    });
    if (outcome.kind === 'created') this.held.push({ secret, parentOf: parent });
  }

  async #edit({ by, what, scopes }: Extract<Step, { kind: 'edit' }>): Promise<void> {
    const [caller, target] = [this.pick(by), this.pick(what)];
    const [before, old] = [principal(await recordOf(caller)), await recordOf(target)];
    const answer = await this.call(caller, 'PATCH', `${path}/${old.id}`, { scopes });
    if (answer.status !== 200) return;
    const record = await recordOf(target);
    const added = record.scopes.filter((scope) => !old.scopes.includes(scope));
    assert.deepEqual(
      added.filter((scope) => !before.scopes.has(scope)),
      [],
    );
    if (added.length > 0) expectWithin({ ...principal(record), scopes: new Set(added) }, before, 'a widened token');
  }

  async #rotate({ by, what, overlap, days }: Extract<Step, { kind: 'rotate' }>): Promise<void> {
    const [caller, target] = [this.pick(by), this.pick(what)];
    const [before, old] = [principal(await recordOf(caller)), await recordOf(target)];
    const wish = { overlap, ...(days !== undefined && { lifetime: `${days}d` }) };
    const answer = await this.call(caller, 'POST', `${path}/${old.id}/rotate`, wish);
    if (answer.status !== 200) return;
    const rotated: Held = { secret: String(answer.body['secret']) as RawToken, parentOf: target.parentOf };
    this.held.push(rotated);
    const record = await recordOf(rotated);
    expectWithin(principal(record), before, 'a rotated token and the one that rotated it');
    const left = await recordOf(target);
    assert.isAtMost(endOf(left.secretExpiresAt), endOf(old.expiresAt), 'the old secret');
  }

  async #ungrant({ owner, which }: Extract<Step, { kind: 'ungrant' }>): Promise<void> {
    const user = this.#user(owner);
    const { authorizations } = world.deps.stores;
    const { items } = await authorizations.list(user.organizationId, { userId: user.id }, { limit: 50 });
    const grant = items[which % Math.max(1, items.length)];
    if (grant !== undefined) await authorizations.remove(user.organizationId, grant.id);
  }

  /** At every moment, of every secret that there is. */
  async check(): Promise<void> {
    for (const held of this.held) {
      const record = await recordOf(held);
      const owned = scopesOfUser(record.owner, roleScopes());
      const own = principal(record);
      const beyond = [...own.scopes].filter((scope) => !owned.has(scope));
      assert.deepEqual(beyond, [], 'beyond the owner');
      if (held.parentOf === undefined) continue;
      expectWithin(own, principal(await recordOf(held.parentOf)), 'what derives from a token');
    }
  }
}

it(
  'no credential ever has a right, an address or an end beyond those of what made it, its parent or its owner',
  async () => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 15, maxLength: 25, size: 'max' }), async (script) => {
        const society = await new Society().open();
        for (const step of script) {
          const before = society.held.length;
          await society.take(step);
          done += society.held.length - before;
          await society.check();
        }
      }),
      { numRuns: count(5, 300) },
    );
    // Or everything was refused, and nothing was tried.
    expect(done).toBeGreaterThan(5);
  },
  count(120_000, 3_600_000),
);

it('no role of gateway.yaml ever gives a scope of the built-in project', () => {
  const scope = fc.constantFrom('wayleave:platform', 'wayleave:self', 'wayleave', 'read', 'wayleave:tokens:write');
  fc.assert(
    fc.property(
      fc.uniqueArray(scope),
      fc.constantFrom('app/admin', 'wayleave/own', 'wayleave/platform-admin'),
      (given, role) => {
        const { owner } = recordFixture({}, [role]);
        const scopes = scopesOfUser(owner, new Map([[role, new Set(given)]]));
        const usual = scopesOfUser(owner, new Map());
        expect([...scopes].filter((one) => isBuiltInScope(one) && !usual.has(one))).toEqual([]);
      },
    ),
  );
});
