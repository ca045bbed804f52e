import type { Assumption, OrganizationRecord, TokenRecord, UserRecord } from '../core/token-record.ts';

/** How many distinct values of a sort are remembered; then it begins anew, which costs memory and no correctness. */
const valuesMax = 20_000;

/** Lets records share what is equal in them: most tokens have the scopes, owner or organisation of others. */
export class SharedValues {
  readonly #lists = new Map<string, readonly string[]>();
  readonly #owners = new Map<string, UserRecord>();
  readonly #organizations = new Map<string, OrganizationRecord>();

  /** The same record, with parts that earlier ones have too. */
  share(record: TokenRecord): TokenRecord {
    return {
      id: record.id,
      kind: record.kind,
      scopes: this.#list(record.scopes),
      allowedIps: this.#list(record.allowedIps),
      expiresAt: record.expiresAt,
      disabled: record.disabled,
      revoked: record.revoked,
      issuedAt: record.issuedAt,
      secretExpiresAt: record.secretExpiresAt,
      owner: this.#owner(record.owner),
      ...(record.assumption !== undefined && { assumption: this.#assumption(record.assumption) }),
    };
  }

  #assumption(assumption: Assumption): Assumption {
    return {
      ...assumption,
      allowedActors: this.#list(assumption.allowedActors),
      issuer: this.#owner(assumption.issuer),
      redeemer: this.share(assumption.redeemer),
    };
  }

  #list(list: readonly string[]): readonly string[] {
    return remembered(this.#lists, list.join(' '), list, () => true);
  }

  #owner(owner: UserRecord): UserRecord {
    const organization = remembered(this.#organizations, owner.organization.id, owner.organization, equalOrganizations);
    const shared: UserRecord = { ...owner, organization, roles: this.#list(owner.roles) };
    return remembered(this.#owners, owner.id, shared, equalOwners);
  }
}

function remembered<Value>(
  known: Map<string, Value>,
  key: string,
  value: Value,
  equal: (one: Value, other: Value) => boolean,
): Value {
  const earlier = known.get(key);
  if (earlier !== undefined && equal(earlier, value)) return earlier;
  if (known.size >= valuesMax) known.clear();
  known.set(key, value);
  return value;
}

function equalOrganizations(one: OrganizationRecord, other: OrganizationRecord): boolean {
  return one.slug === other.slug && one.status === other.status;
}

/** Of the same id, and with lists and organisations that are shared already. */
function equalOwners(one: UserRecord, other: UserRecord): boolean {
  return (
    one.username === other.username &&
    one.email === other.email &&
    one.kind === other.kind &&
    one.status === other.status &&
    one.organization === other.organization &&
    one.roles === other.roles
  );
}
