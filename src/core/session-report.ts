import { reportedAddressesMax, type SessionAddress, type SessionUsage } from './session-use.ts';

/** What was done on a route with one method. Instants are epoch milliseconds. */
export interface ReportedRoute {
  readonly route: string;
  readonly method: string;
  readonly allowed: number;
  readonly refused: number;
  /** How often it was refused, by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What was done under an assumed session, for the organisation whose user was assumed. */
export interface SessionReport {
  readonly calls: number;
  readonly refused: number;
  /** null: nothing was done. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly routes: readonly ReportedRoute[];
  readonly addresses: readonly SessionAddress[];
  /** There were more addresses than a report names. */
  readonly hasMoreAddresses: boolean;
}

/** Puts the counts of a session together. */
export function sessionReport({ calls, addresses }: SessionUsage): SessionReport {
  const routes = new Map<string, ReportedRoute>();
  for (const { route, method, code, calls: count, firstMs, lastMs } of calls) {
    const key = `${route} ${method}`;
    const known = routes.get(key) ?? { route, method, allowed: 0, refused: 0, codes: {}, firstMs, lastMs };
    routes.set(key, {
      ...known,
      allowed: known.allowed + (code === '' ? count : 0),
      refused: known.refused + (code === '' ? 0 : count),
      codes: code === '' ? known.codes : { ...known.codes, [code]: count },
      firstMs: Math.min(known.firstMs, firstMs),
      lastMs: Math.max(known.lastMs, lastMs),
    });
  }
  const lines = [...routes.values()];
  const total = (count: (line: ReportedRoute) => number): number => lines.reduce((sum, line) => sum + count(line), 0);
  return {
    calls: total(({ allowed, refused }) => allowed + refused),
    refused: total(({ refused }) => refused),
    firstMs: lines.length === 0 ? null : Math.min(...lines.map(({ firstMs }) => firstMs)),
    lastMs: lines.length === 0 ? null : Math.max(...lines.map(({ lastMs }) => lastMs)),
    routes: lines,
    addresses,
    hasMoreAddresses: addresses.length >= reportedAddressesMax,
  };
}
