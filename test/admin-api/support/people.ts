import type { AdminStores } from '../../../src/admin-api/context.ts';
import type { User } from '../../../src/core/directory.ts';
import { hashToken, lastFour, mintToken, type RawToken } from '../../../src/core/token.ts';
import type { UserKind } from '../../../src/core/token-record.ts';
import type { Clock } from '../../../src/lib/clock.ts';

/** Somebody with a token. */
export interface Holder {
  readonly user: User;
  readonly secret: RawToken;
  readonly tokenId: string;
}

/** Makes organisations, users and tokens straight in the store, as tests need them to be there. */
export class People {
  readonly #stores: AdminStores;
  readonly #clock: Clock;
  #made = 0;

  constructor(stores: AdminStores, clock: Clock) {
    this.#stores = stores;
    this.#clock = clock;
  }

  /** The id of an organisation, which is made if need be. */
  async organization(slug: string): Promise<string> {
    const outcome = await this.#stores.organizations.create({ slug, name: slug });
    return outcome.kind === 'created' ? outcome.item.id : outcome.existingId;
  }

  async user(slug: string, roles: readonly string[] = [], kind: UserKind = 'human'): Promise<User> {
    const organizationId = await this.organization(slug);
    const username = `${kind}-${++this.#made}`;
    const created = await this.#stores.users.create({
      organizationId,
      kind,
      username,
      name: username,
      accessTokenType: 'bearer',
    });
    if (created.kind !== 'created') throw new Error(`${username} exists already`);
    await this.grant(created.item, roles);
    return created.item;
  }

  /** Grants roles such as `analytics/viewer`. */
  async grant(user: User, roles: readonly string[]): Promise<void> {
    const byProject = new Map<string, string[]>();
    for (const role of roles) {
      const [project = '', name = ''] = role.split('/');
      byProject.set(project, [...(byProject.get(project) ?? []), name]);
    }
    for (const [project, names] of byProject) {
      const grant = { organizationId: user.organizationId, userId: user.id, project, roles: names };
      await this.#stores.authorizations.create(grant);
    }
  }

  /** Gives a user a token of these scopes that ends after `lifetimeMs`. */
  async token(user: User, scopes: readonly string[], lifetimeMs = 86_400_000): Promise<Holder> {
    const secret = mintToken('wl', 'pat');
    const created = await this.#stores.tokens.create({
      userId: user.id,
      name: `token-${++this.#made}`,
      scopes,
      expiresAt: this.#clock.now() + lifetimeMs,
      hash: hashToken(secret),
      lastFour: lastFour(secret),
      createdBy: user.id,
    });
    if (created.kind !== 'created') throw new Error('the name of the token is taken');
    return { user, secret, tokenId: created.item.id };
  }

  /** A person with roles and a token of the scopes. */
  async holder(slug: string, roles: readonly string[], scopes: readonly string[]): Promise<Holder> {
    return this.token(await this.user(slug, roles), scopes);
  }
}
