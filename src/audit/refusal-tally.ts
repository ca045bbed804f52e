import { platformAuditId, type AuditEvent, type Json } from '../core/audit.ts';
import type { AssumedBy, Refused, RefusalNotes } from '../admin-api/ports/audit.ts';
import type { Clock } from '../lib/clock.ts';

/** Different codes and organisations of one minute; more are counted together. */
const kindsMax = 1000;
/** Addresses and tokens that a row names. */
const namesMax = 5;
const otherCodes = 'other';

interface Count {
  readonly organizationId: string;
  readonly code: string;
  readonly assumed: AssumedBy | undefined;
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
    const known = this.#counts.get(keyOf(refused));
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

  #open(refused: Kind): Count {
    const { organizationId, code, assumed } = refused;
    const key = keyOf(refused);
    const open = this.#counts.get(key);
    if (open !== undefined) return open;
    const count: Count = {
      organizationId: organizationId ?? platformAuditId,
      code,
      assumed,
      sinceMs: this.#clock.now(),
      refusals: 0,
      addresses: new Set(),
      tokenIds: new Set(),
    };
    this.#counts.set(key, count);
    return count;
  }
}

type Kind = Pick<Refused, 'organizationId' | 'code' | 'assumed'>;

const overflow: Kind = { organizationId: undefined, code: otherCodes };

/** Those of assumed users are counted by who acts as whom, so that each row says it. */
function keyOf({ organizationId, code, assumed }: Kind): string {
  const by = assumed === undefined ? [] : [assumed.subjectId, assumed.actorId, assumed.assumeTokenId];
  return [organizationId ?? platformAuditId, code, ...by].join(' ');
}

function eventOf({ organizationId, code, sinceMs, assumed, ...count }: Count, untilMs: number): AuditEvent {
  const after: Json = {
    count: count.refusals,
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    addresses: [...count.addresses],
    tokens: [...count.tokenIds],
    ...(assumed !== undefined && {
      subject: assumed.subjectId,
      actor: assumed.actorId,
      assume_token: assumed.assumeTokenId,
    }),
  };
  return {
    organizationId,
    action: 'calls.refused',
    target: { kind: 'admin_api', id: code, name: null },
    before: null,
    after,
  };
}
