import type { GatewayConfig } from '../config/compiled.ts';
import { everyRole, grantableScopes } from '../core/grants.ts';
import { builtInScopes } from '../core/scope.ts';
import { hashToken, lastFour, mintToken } from '../core/token.ts';
import { ensurePlatformRoot } from '../directory/bootstrap.ts';
import { hasActivePlatformAdminToken } from '../directory/postgres-platform-admins.ts';
import { formatDuration, parseDuration } from '../lib/units.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configOption, openConfig } from './config-file.ts';
import { withOwnStoreToChange, type OwnStore } from './own-store.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';
import { fullTime } from './terminal/text.ts';

const options = {
  force: { help: 'Make one although an active token of a platform admin exists' },
  lifetime: {
    value: 'DURATION',
    help: 'How long it lives; no token it makes outlives it. tokens.max_lifetime unless told, or 366d if there is none',
  },
  json: { help: 'Print the token with its id and expiry as JSON' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave admin-token [options]'],
  about: [
    'Makes the first token: it may do everything on the admin API, and has every scope that a role of gateway.yaml gives,',
    'for no token can give to another what it has not got itself. The organisation `platform` and its user `root`, whose',
    'token it is, are made if need be. It goes to the store directly, so it needs no token, and works beside a running',
    '`wayleave serve`. The token is printed alone on standard output.',
  ].join('\n'),
  options,
  examples: [
    'export WAYLEAVE_TOKEN=$(wayleave admin-token)',
    'wayleave admin-token --config /etc/wayleave/gateway.yaml --force',
  ],
});

/** `wayleave admin-token` */
export const adminTokenCommand: Command = {
  summary: 'Make the first token, which may do everything on the admin API',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'wrong') return refuseUsage(io, 'admin-token', read.message);
    if (read.kind === 'help') {
      io.stdout(help);
      return exitCodes.done;
    }
    return makeAdminToken(read.input, io);
  },
};

async function makeAdminToken(input: Input, io: CommandIo): Promise<number> {
  const config = openConfig(input, io);
  if (config === undefined) return exitCodes.failed;
  const lifetime = readLifetime(input.values['lifetime'], config.tokens.maxLifetimeMs);
  if (typeof lifetime === 'string') return refuseUsage(io, 'admin-token', lifetime);
  const wish = { nowMs: io.clock.now(), lifetimeMs: lifetime, force: input.switches.has('force') };
  const outcome = await withOwnStoreToChange(config, io, (store) => mintAdminToken(store, config, wish));
  if (outcome.kind === 'refused') {
    io.stderr(`wayleave admin-token: ${outcome.message}\n`);
    return exitCodes.failed;
  }
  const { secret, id, expiresAt } = outcome;
  io.stderr(
    `token ${id} of root@platform; it expires ${fullTime(expiresAt, io.clock.now())}. It is shown this once.\n`,
  );
  const json = { token: { id, expires_at: new Date(expiresAt).toISOString() }, secret };
  io.stdout(input.switches.has('json') ? `${JSON.stringify(json, null, 2)}\n` : `${secret}\n`);
  return exitCodes.done;
}

const yearMs = 366 * 86_400_000;

/** The lifetime in milliseconds, or what is wrong with it. */
function readLifetime(text: string | undefined, maxLifetimeMs: number): number | string {
  if (text === undefined) return Math.min(maxLifetimeMs, yearMs);
  const lifetimeMs = parseDuration(text);
  if (lifetimeMs === undefined || lifetimeMs === 0) return `--lifetime ${text} is no duration such as 12h or 30d`;
  if (lifetimeMs <= maxLifetimeMs) return lifetimeMs;
  return `--lifetime ${text} is longer than tokens.max_lifetime, ${formatDuration(maxLifetimeMs)}`;
}

interface AdminTokenWish {
  readonly nowMs: number;
  readonly lifetimeMs: number;
  readonly force: boolean;
}

type AdminToken =
  | { readonly kind: 'made'; readonly secret: string; readonly id: string; readonly expiresAt: number }
  | { readonly kind: 'refused'; readonly message: string };

async function mintAdminToken(
  store: OwnStore,
  config: GatewayConfig,
  { nowMs, lifetimeMs, force }: AdminTokenWish,
): Promise<AdminToken> {
  if (!force && (await hasActivePlatformAdminToken(store.database, nowMs))) {
    return refused('an active token of a platform admin exists already; use that one, or make another with --force');
  }
  const { user } = await ensurePlatformRoot(store);
  if (user.status === 'disabled') {
    if (!force) return refused('the user root@platform is disabled; --force enables it and makes the token');
    await store.users.change(user.organizationId, user.id, { status: 'active' });
  }
  for (const [project, roles] of Object.entries(everyRole(config.projects))) {
    await store.authorizations.ensure({ organizationId: user.organizationId, userId: user.id, project, roles });
  }
  const secret = mintToken(config.tokens.prefix, 'pat');
  const expiresAt = nowMs + lifetimeMs;
  const made = await store.tokens.create({
    userId: user.id,
    name: `admin-token ${new Date(nowMs).toISOString()}`,
    purpose: 'made by wayleave admin-token',
    scopes: [...Object.keys(builtInScopes), ...grantableScopes(config.scopes.keys(), config.roleScopes)],
    expiresAt,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
    createdBy: user.id,
  });
  if (made.kind === 'conflict')
    return refused('another `wayleave admin-token` made one at the same instant; try again');
  return { kind: 'made', secret, id: made.item.id, expiresAt };
}

function refused(message: string): AdminToken {
  return { kind: 'refused', message };
}
