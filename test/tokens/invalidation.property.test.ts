import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenAction } from '../../src/admin-api/ports/tokens.ts';
import type { User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { count } from '../support/counts.ts';
import { newOrganization, newToken, newUser, openNode, tokenInput, type Issued, type Node } from './fixture.ts';

type Step =
  | { readonly do: 'create'; readonly user: number; readonly slot: number }
  | { readonly do: 'act'; readonly slot: number; readonly action: TokenAction }
  | { readonly do: 'edit'; readonly slot: number; readonly scopes: readonly string[] }
  | { readonly do: 'user'; readonly user: number; readonly status: 'active' | 'disabled' }
  | { readonly do: 'organization'; readonly status: 'active' | 'suspended' }
  | { readonly do: 'role'; readonly user: number; readonly given: boolean }
  | { readonly do: 'wait'; readonly milliseconds: number };

const users = 2;
const slots = 4;
const user = fc.nat(users - 1);
const slot = fc.nat(slots - 1);
const action = fc.constantFrom<TokenAction>('expire', 'disable', 'enable', 'revoke', 'delete');
const scopes = fc.subarray(['device:read', 'device:write', 'policy:read']);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), user, slot }),
  fc.record({ do: fc.constant('act' as const), slot, action }),
  fc.record({ do: fc.constant('edit' as const), slot, scopes }),
  fc.record({ do: fc.constant('user' as const), user, status: fc.constantFrom('active', 'disabled') }),
  fc.record({ do: fc.constant('organization' as const), status: fc.constantFrom('active', 'suspended') }),
  fc.record({ do: fc.constant('role' as const), user, given: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 4000, 29_000) }),
);

/** One organisation, two users and four places for tokens, each with a hash that is looked up before there is a token. */
class Scene {
  readonly #node: Node;
  readonly #users: readonly User[];
  readonly #inputs = new Map<number, ReturnType<typeof tokenInput>>();
  readonly #issued = new Map<number, Issued>();

  static async open(node: Node): Promise<Scene> {
    const organization = await newOrganization(node);
    return new Scene(node, [await newUser(node, organization.id), await newUser(node, organization.id)]);
  }

  constructor(node: Node, members: readonly User[]) {
    this.#node = node;
    this.#users = members;
    for (let place = 0; place < slots; place++) this.#inputs.set(place, tokenInput('usr_later'));
  }

  #member(number: number): User {
    const member = this.#users[number];
    if (member === undefined) throw new Error(`there is no user ${number}`);
    return member;
  }

  /** What the tiers say about every hash, and what the database says. */
  async bothAnswers(): Promise<{ tiers: unknown[]; database: unknown[] }> {
    const [tiers, database]: [unknown[], unknown[]] = [[], []];
    for (const { hash } of this.#inputs.values()) {
      const found = await this.#node.find(hash);
      tiers.push(found.kind === 'found' ? found.record : undefined);
      database.push(await this.#node.direct.read(hash));
    }
    return { tiers, database };
  }

  /** Lookups that are under way while a step is done. */
  lookups(): Promise<unknown> {
    return Promise.all([...this.#inputs.values()].map(({ hash }) => this.#node.find(hash)));
  }

  async run(one: Step): Promise<void> {
    const { tokens, users: people, organizations, authorizations, clock } = this.#node;
    const owner = this.#member(0);
    switch (one.do) {
      case 'create': {
        const input = this.#inputs.get(one.slot);
        if (input === undefined || this.#issued.has(one.slot)) return;
        const created = await tokens.create({ ...input, userId: this.#member(one.user).id });
        if (created.kind === 'created') this.#issued.set(one.slot, { token: created.item, hash: input.hash });
        return;
      }
      case 'act':
        await tokens.act(this.#issued.get(one.slot)?.token.id ?? 'none', one.action, owner.id);
        return;
      case 'edit':
        await tokens.edit(this.#issued.get(one.slot)?.token.id ?? 'none', { scopes: one.scopes }, owner.id);
        return;
      case 'user':
        await people.change(owner.organizationId, this.#member(one.user).id, { status: one.status });
        return;
      case 'organization':
        await organizations.change(owner.organizationId, { status: one.status });
        return;
      case 'role': {
        const { id: userId, organizationId } = this.#member(one.user);
        const grant = { organizationId, userId, project: 'analytics', roles: ['viewer'] };
        const outcome = await authorizations.create(grant);
        if (!one.given && outcome.kind === 'conflict') await authorizations.remove(organizationId, outcome.existingId);
        return;
      }
      case 'wait':
        clock.advance(one.milliseconds);
    }
  }
}

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });

  test('whatever is changed in whatever order, a lookup after it says what the database says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const scene = await Scene.open(openNode(store));
        for (const one of steps) {
          const lookups = scene.lookups();
          await scene.run(one);
          const { tiers, database } = await scene.bothAnswers();
          expect(tiers).toEqual(database);
          await lookups;
        }
      }),
      { numRuns: count(25, 500), endOnFailure: true },
    );
  });
});

test('the tokens of a node survive in its memory as long as nothing about them changes', async () => {
  const node = openNode(await openOnce('postgres')());
  const owner = await newUser(node, (await newOrganization(node)).id);
  const [one, other] = [await newToken(node, owner.id), await newToken(node, owner.id)];
  await Promise.all([node.find(one.hash), node.find(other.hash)]);
  await node.tokens.act(one.token.id, 'revoke', owner.id);
  expect(await node.find(other.hash)).toMatchObject({ source: 'memory' });
  expect(await node.find(one.hash)).toMatchObject({ source: 'postgres', record: { revoked: true } });
});
