import type { TokenAction } from '../../src/admin-api/ports/tokens.ts';
import type { User } from '../../src/core/directory.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { TokenHash } from '../../src/core/token.ts';
import type { Store } from '../../src/db/store.ts';
import type { SharedTier } from '../../src/tokens/shared-tier.ts';
import { followingNode, type FollowingNode } from './following-node.ts';
import { ManualClock, newOrganization, newUser, openNode, tokenInput, type Node } from './fixture.ts';

export type Change =
  | { readonly do: 'create'; readonly user: number; readonly slot: number }
  | { readonly do: 'act'; readonly slot: number; readonly action: TokenAction }
  | { readonly do: 'edit'; readonly slot: number; readonly scopes: readonly string[] }
  | { readonly do: 'user'; readonly user: number; readonly status: 'active' | 'disabled' }
  | { readonly do: 'organization'; readonly status: 'active' | 'suspended' }
  | { readonly do: 'role'; readonly user: number; readonly given: boolean };

/** The shared cache with what may go wrong on the way to it: what is written arrives later, or never. */
export class LateTier implements SharedTier {
  readonly #tier: SharedTier;
  readonly #held: (() => Promise<void>)[] = [];
  isHolding = false;

  constructor(tier: SharedTier) {
    this.#tier = tier;
  }

  get(hash: TokenHash): ReturnType<SharedTier['get']> {
    return this.#tier.get(hash);
  }

  put(hash: TokenHash, record: TokenRecord, asOf: number): Promise<void> {
    return this.#write(() => this.#tier.put(hash, record, asOf));
  }

  bury(hashes: readonly TokenHash[], number: number): Promise<void> {
    return this.#write(() => this.#tier.bury(hashes, number));
  }

  /** Lets what is held arrive, last written first. */
  async release(): Promise<void> {
    for (const write of this.#held.splice(0).toReversed()) await write();
  }

  lose(): void {
    this.#held.length = 0;
  }

  #write(write: () => Promise<void>): Promise<void> {
    if (!this.isHolding) return write();
    this.#held.push(write);
    return Promise.resolve();
  }
}

interface Member {
  readonly node: FollowingNode;
  /** It reaches the database no longer. */
  isCutOff: boolean;
}

export const [users, slots] = [2, 3];

/** Two nodes on one store, one organisation with two users, and hashes that are looked up before there are tokens. */
export class TwoNodes {
  readonly clock = new ManualClock();
  readonly #members: Member[] = [];
  readonly #owners: User[] = [];
  readonly #inputs: ReturnType<typeof tokenInput>[] = [];
  readonly #ids = new Map<number, string>();

  static async open(store: Store, tiers: readonly (SharedTier | undefined)[]): Promise<TwoNodes> {
    const scene = new TwoNodes();
    const setup = openNode(store);
    const organization = await newOrganization(setup);
    for (let user = 0; user < users; user++) scene.#owners.push(await newUser(setup, organization.id));
    for (let slot = 0; slot < slots; slot++) scene.#inputs.push(tokenInput('usr_later'));
    for (const shared of tiers) {
      const member = { isCutOff: false };
      const reach = <T>(call: () => Promise<T>): Promise<T> =>
        member.isCutOff ? Promise.reject(new StoreUnavailable('cut off by the test')) : call();
      const node = await followingNode(store, { clock: scene.clock, reach, ...(shared && { shared }) });
      scene.#members.push(Object.assign(member, { node }));
    }
    return scene;
  }

  member(number: number): Member {
    return item(this.#members, number);
  }

  hash(slot: number): TokenHash {
    return item(this.#inputs, slot).hash;
  }

  /** What the database says about each of the hashes. */
  async truth(): Promise<(TokenRecord | undefined)[]> {
    const { direct } = this.member(0).node.node;
    return Promise.all(this.#inputs.map(({ hash }) => direct.read(hash)));
  }

  /** Gives up the leases; the nodes are used no more. */
  async close(): Promise<void> {
    for (const { node } of this.#members) await node.follower.close();
  }

  async change(number: number, change: Change): Promise<void> {
    const { node } = this.member(number).node;
    const { organizationId, id: anyone } = item(this.#owners, 0);
    switch (change.do) {
      case 'create':
        return this.#create(node, change);
      case 'act':
        await node.tokens.act(this.#ids.get(change.slot) ?? 'none', change.action, anyone);
        return;
      case 'edit':
        await node.tokens.edit(this.#ids.get(change.slot) ?? 'none', { scopes: change.scopes }, anyone);
        return;
      case 'user':
        await node.users.change(organizationId, item(this.#owners, change.user).id, { status: change.status });
        return;
      case 'organization':
        await node.organizations.change(organizationId, { status: change.status });
        return;
      case 'role': {
        const grant = { organizationId, userId: item(this.#owners, change.user).id, project: 'analytics' };
        const outcome = await node.authorizations.create({ ...grant, roles: ['viewer'] });
        if (change.given || outcome.kind === 'created') return;
        await node.authorizations.remove(organizationId, outcome.existingId);
      }
    }
  }

  async #create(node: Node, { user, slot }: { user: number; slot: number }): Promise<void> {
    if (this.#ids.has(slot)) return;
    const created = await node.tokens.create({ ...item(this.#inputs, slot), userId: item(this.#owners, user).id });
    if (created.kind === 'created') this.#ids.set(slot, created.item.id);
  }
}

function item<Item>(items: readonly Item[], at: number): Item {
  const found = items[at];
  if (found === undefined) throw new Error(`there is nothing at ${at}`);
  return found;
}
