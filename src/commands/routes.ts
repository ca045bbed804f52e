import type { GatewayConfig } from '../config/compiled.ts';
import { loadConfig } from '../config/load.ts';
import { renderProblems } from '../config/report.ts';
import { inMatchOrder, type HostRoute } from '../core/match-order.ts';
import { describeRateLimit } from '../core/rate-limit.ts';
import type { Route, ScopeRequirement } from '../core/route.ts';
import { requirementsOf, routeViews } from '../core/route-view.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configFileName } from './config-file.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';
import { renderTable, type Column } from './terminal/table.ts';

const options = { json: { help: 'Print as JSON' } } as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave routes [FILE] [--json]'],
  about: [
    'Lists the routes of a gateway.yaml in the order in which they win: hosts first, then the more specific path. For',
    'each method it says who may pass, where the request goes, and on which line that stands.',
  ].join('\n'),
  options,
  examples: ['wayleave routes', 'wayleave routes deploy/gateway.yaml', 'wayleave routes --json | jq ".[].path"'],
});

/** `wayleave routes` */
export const routesCommand: Command = {
  summary: 'List the routes in the order in which they win',
  help,
  run: async (args, io) => {
    const read = readInput(args, options, ['[FILE]']);
    if (read.kind === 'wrong') return refuseUsage(io, 'routes', read.message);
    if (read.kind === 'input') return listRoutes(read.input, io);
    io.stdout(help);
    return exitCodes.done;
  },
};

function listRoutes(input: Input, io: CommandIo): number {
  const outcome = loadConfig(input.positionals[0] ?? configFileName(input, io), io.environment);
  if (outcome.kind === 'invalid') {
    io.stderr(renderProblems(outcome.problems));
    return exitCodes.failed;
  }
  io.stdout(
    input.switches.has('json')
      ? `${JSON.stringify(routeViews(outcome.config.routes), null, 2)}\n`
      : asTable(outcome.config, io),
  );
  return exitCodes.done;
}

/** A route's methods that need the same, as people read it. */
export interface RouteRow extends HostRoute {
  readonly methods: string;
  readonly access: string;
}

const hostColumn: Column<RouteRow> = { title: 'HOST', cell: ({ host }) => host ?? 'any' };

const columns: readonly Column<RouteRow>[] = [
  { title: 'METHODS', cell: ({ methods }) => methods },
  { title: 'PATH', cell: ({ route }) => pathText(route) },
  { title: 'WHO MAY PASS', cell: ({ access }) => access, flexible: true },
  { title: 'UPSTREAM', cell: ({ route }) => route.upstream },
  { title: 'ROUTE', cell: ({ route }) => (route.shadow ? `${route.name} (shadow)` : route.name) },
  { title: 'LINE', cell: ({ route }) => String(route.line) },
];

function asTable({ routes }: GatewayConfig, io: CommandIo): string {
  const rows = inMatchOrder(routes).flatMap((entry) => rowsOf(entry));
  const shown = rows.some(({ host }) => host !== undefined) ? [hostColumn, ...columns] : columns;
  return renderTable(shown, rows, { width: io.terminal.columns, colours: io.terminal.colours });
}

/** A route's path as people read it. */
export function pathText({ path, pathCase }: Route): string {
  return pathCase === 'insensitive' ? `${path} (any case)` : path;
}

/** A route's methods, those that need the same scopes on one row. */
export function rowsOf({ host, route }: HostRoute): RouteRow[] {
  const limits = limitsOf(route);
  if (route.access.kind !== 'scopes') {
    const access = (route.access.kind === 'public' ? 'anybody (public)' : 'any valid token') + limits;
    return [{ host, route, methods: route.methods?.join(' ') ?? 'any', access }];
  }
  const byNeed = new Map<string, string[]>();
  for (const [method, requirement] of requirementsOf(route)) {
    const need = requirementText(requirement);
    byNeed.set(need, [...(byNeed.get(need) ?? []), method]);
  }
  return [...byNeed].map(([need, methods]) => ({ host, route, methods: methods.join(' '), access: need + limits }));
}

function requirementText({ all, any }: ScopeRequirement): string {
  const [only] = any;
  const oneOf = any.length === 1 && only !== undefined ? only : `one of ${any.join(', ')}`;
  return [...all, ...(any.length === 0 ? [] : [oneOf])].join(' + ');
}

function limitsOf({ kinds, organizations, rateLimit, exposedTo }: Route): string {
  const parts = [
    ...(kinds === undefined ? [] : [`kinds: ${kinds.join(', ')}`]),
    ...(organizations === undefined ? [] : [`organizations: ${organizations.join(', ')}`]),
    ...(rateLimit === undefined ? [] : [describeRateLimit(rateLimit)]),
    ...(exposedTo === undefined ? [] : [`browsers: ${exposedTo.join(', ')}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
