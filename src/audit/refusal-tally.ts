import { platformAuditId, type AuditEvent, type Json } from '../core/audit.ts';
import type { Refused, RefusalNotes } from '../admin-api/ports/audit.ts';
import type { Clock } from '../lib/clock.ts';

/** Different codes and organisations of one minute; more are counted together. */
const kindsMax = 1000;
/** Addresses and tokens that a row names. */
const namesMax = 5;
const otherCodes = 'other';

interface Count {
  readonly organizationId: string;
  readonly code: string;
  readonly sinceMs: number;
  refusals: number;
  readonly addresses: Set<string>;
  readonly tokenIds: Set<string>;
}

/** Counts refused calls until they are written down, by organisation and code. */
export class RefusalTally implements RefusalNotes {
  readonly #clock: Clock;
  #counts = new Map<string, Count>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(refused: Refused): void {
    const known = this.#counts.get(keyOf(refused.organizationId, refused.code));
    const count = known ?? (this.#counts.size < kindsMax ? this.#open(refused) : this.#open(overflow));
    count.refusals++;
    if (count.addresses.size < namesMax && refused.address !== '') count.addresses.add(refused.address);
    if (count.tokenIds.size < namesMax && refused.tokenId !== undefined) count.tokenIds.add(refused.tokenId);
  }

  /** The events of what was counted since the last time, which are counted no more. */
  take(): readonly AuditEvent[] {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts.map((count) => eventOf(count, this.#clock.now()));
  }

  #open({ organizationId, code }: Pick<Refused, 'organizationId' | 'code'>): Count {
    const key = keyOf(organizationId, code);
    const open = this.#counts.get(key);
    if (open !== undefined) return open;
    const count: Count = {
      organizationId: organizationId ?? platformAuditId,
      code,
      sinceMs: this.#clock.now(),
      refusals: 0,
      addresses: new Set(),
      tokenIds: new Set(),
    };
    this.#counts.set(key, count);
    return count;
  }
}

const overflow = { organizationId: undefined, code: otherCodes };

function keyOf(organizationId: string | undefined, code: string): string {
  return `${organizationId ?? platformAuditId} ${code}`;
}

function eventOf({ organizationId, code, sinceMs, ...count }: Count, untilMs: number): AuditEvent {
  const after: Json = {
    count: count.refusals,
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    addresses: [...count.addresses],
    tokens: [...count.tokenIds],
  };
  return {
    organizationId,
    action: 'calls.refused',
    target: { kind: 'admin_api', id: code, name: null },
    before: null,
    after,
  };
}
