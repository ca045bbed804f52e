import type { DecisionToken, PastDecision } from '../../core/past-decision.ts';
import { noReplay, replay, type Flip, type Replay } from '../../gateway/replay.ts';
import type { UserRecord } from '../../core/token-record.ts';
import { decisionPageShape, type DecisionUserAnswer, type PastDecisionAnswer } from '../api/decision-shapes.ts';
import type { Answer, ApiClient } from '../api/client.ts';
import { renderTable, type Column, type TableLook } from '../terminal/table.ts';
import { exactTime } from '../terminal/text.ts';
import type { Side } from './side.ts';

export interface MadeReplay extends Replay {
  /** How far back it should have gone, such as `24h`. */
  readonly since: string;
  /** The hour of the first decision; undefined: none is known. */
  readonly coveredFromMs: number | undefined;
}

export interface ReplayWish {
  readonly before: Side;
  readonly after: Side;
  readonly since: string;
  readonly nowMs: number;
}

/** Asks a gateway what it decided lately, and decides it again under both files. */
export async function replayOf(
  client: ApiClient,
  { before, after, since, nowMs }: ReplayWish,
): Promise<Answer<MadeReplay>> {
  let made: MadeReplay = { ...noReplay, since, coveredFromMs: undefined };
  let cursor: string | undefined;
  do {
    const call = { method: 'GET', path: ['decisions'], query: { since, cursor } } as const;
    const page = await client.call(call, decisionPageShape);
    if (page.kind === 'failed') return page;
    const { items, covered_from: from, next_cursor: next } = page.body;
    const files = { before: before.rules, after: after.rules, nowMs };
    const so = await replay(items.map(pastDecision), tokensOf(items), files, made);
    made = { ...so, since, coveredFromMs: from === null ? undefined : Date.parse(from) };
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  const flips = made.flips.toSorted((one, other) => other.decision.requests - one.decision.requests);
  return { kind: 'answer', body: { ...made, flips } };
}

function pastDecision({ token, last_hour: lastHour, route, ...rest }: PastDecisionAnswer): PastDecision {
  const { method, host, path, outcome, requests } = rest;
  const lastHourMs = Date.parse(lastHour);
  return { tokenId: token?.id ?? '', method, host, path, route: route ?? '', outcome, requests, lastHourMs };
}

function tokensOf(items: readonly PastDecisionAnswer[]): ReadonlyMap<string, DecisionToken> {
  const tokens = new Map<string, DecisionToken>();
  for (const { token } of items) {
    if (token === null || tokens.has(token.id)) continue;
    const { id, name, scopes, issued_at: issuedAt, owner, assumption } = token;
    tokens.set(id, {
      id,
      name,
      scopes,
      issuedAt: Date.parse(issuedAt),
      owner: userOf(owner),
      ...(assumption !== null && {
        assumption: {
          actor: userOf(assumption.actor),
          issuer: userOf(assumption.issuer),
          readOnly: assumption.read_only,
        },
      }),
    });
  }
  return tokens;
}

function userOf(user: DecisionUserAnswer): UserRecord {
  const { id, username, kind, organization_id: organizationId, organization: slug, roles } = user;
  return { id, username, kind, status: 'active', organization: { id: organizationId, slug, status: 'active' }, roles };
}

const columns: readonly Column<Flip>[] = [
  { title: 'FLIP', cell: ({ after }) => (after.outcome === 'allowed' ? 'deny -> allow' : 'allow -> deny') },
  { title: 'REQUESTS', cell: ({ decision }) => String(decision.requests) },
  { title: 'METHOD', cell: ({ decision }) => decision.method },
  { title: 'PATH', cell: ({ decision }) => `${decision.host}${decision.path}`, flexible: true },
  { title: 'TOKEN', cell: ({ token }) => (token === undefined ? '-' : tokenText(token)), flexible: true },
  { title: 'OWNER', cell: ({ token }) => (token === undefined ? '-' : ownerText(token)), flexible: true },
  { title: 'BEFORE', cell: ({ before }) => verdictText(before) },
  { title: 'AFTER', cell: ({ after }) => verdictText(after) },
];

/** Sessions have no name that says anything. */
function tokenText({ id, name, assumption }: DecisionToken): string {
  return assumption === undefined ? `${name} (${id})` : `session ${id}`;
}

function ownerText({ owner, assumption }: DecisionToken): string {
  return assumption === undefined ? address(owner) : `${address(owner)}, assumed by ${address(assumption.actor)}`;
}

function address({ username, organization }: UserRecord): string {
  return `${username}@${organization.slug}`;
}

function verdictText({ outcome, route }: Flip['before']): string {
  return route === undefined ? outcome : `${outcome} by "${route}"`;
}

const hourMs = 3_600_000;

/** The flips, and what they were looked for in. */
export function renderReplay(made: MadeReplay, nowMs: number, look: TableLook): string {
  const { flips, kinds, requests, changedSince, since, coveredFromMs } = made;
  if (coveredFromMs === undefined) return `replay of ${since}: nothing was decided in that time, as far as is known\n`;
  const hours = Math.max(1, Math.ceil((nowMs - coveredFromMs) / hourMs));
  const covered = `covers ${hours} h, from ${exactTime(coveredFromMs)} UTC: ${requests} requests of ${kinds} kinds`;
  const flipped = flips.reduce((sum, { decision }) => sum + decision.requests, 0);
  const lines = [
    `replay of ${since}: ${covered}`,
    flips.length === 0 ? 'none comes out otherwise' : `${flipped} come out otherwise`,
    ...(changedSince === 0
      ? []
      : [`${changedSince} do so already by the file before, for tokens or roles have changed since`]),
  ];
  return `${lines.join('\n')}\n${flips.length === 0 ? '' : renderTable(columns, flips, look)}`;
}

/** The same for programs. */
export function replayJson({ flips, kinds, requests, changedSince, since, coveredFromMs }: MadeReplay): object {
  return {
    since,
    covered_from: coveredFromMs === undefined ? null : new Date(coveredFromMs).toISOString(),
    kinds,
    requests,
    changed_since: changedSince,
    flips: flips.map(({ decision, token, before, after }) => ({
      requests: decision.requests,
      method: decision.method,
      host: decision.host,
      path: decision.path,
      token: token === undefined ? null : { id: token.id, name: token.name },
      owner: token === undefined ? null : address(token.owner),
      actor: token?.assumption === undefined ? null : address(token.assumption.actor),
      before: { outcome: before.outcome, route: before.route ?? null },
      after: { outcome: after.outcome, route: after.route ?? null },
    })),
  };
}
