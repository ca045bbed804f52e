import type { GatewayConfig } from '../config/compiled.ts';
import { holdsStore } from '../db/data-directory.ts';
import { migrate, migrationStatus, statusOfNoStore, type MigrationStatus } from '../db/migrate.ts';
import { withStore } from '../db/store.ts';
import { exitCodes, refuseUsage, type Command, type CommandIo } from './command.ts';
import { configOption, openConfig } from './config-file.ts';
import { storeLocation } from './store-location.ts';
import { renderHelp } from './terminal/help.ts';
import { readInput, type Input, type OptionTable } from './terminal/options.ts';

const options = {
  'dry-run': { help: 'Say what would be applied, and apply nothing' },
  status: { help: 'Say what is applied and what is not, and apply nothing' },
  json: { help: 'Print as JSON' },
  ...configOption,
} as const satisfies OptionTable;

const help = renderHelp({
  usage: ['wayleave migrate [--dry-run | --status] [options]'],
  about: [
    'Brings the schema of the store to this version, in one transaction and under a lock. `wayleave serve` does the same',
    'when it starts; this is for those who want to do it before.',
  ].join('\n'),
  options,
  examples: ['wayleave migrate --status', 'wayleave migrate --dry-run', 'DATABASE_URL=postgres://... wayleave migrate'],
});

/** `wayleave migrate` */
export const migrateCommand: Command = {
  summary: 'Bring the schema of the store up to date, or say how it stands',
  help,
  run: async (args, io) => {
    const read = readInput(args, options);
    if (read.kind === 'wrong') return refuseUsage(io, 'migrate', read.message);
    if (read.kind === 'help') {
      io.stdout(help);
      return exitCodes.done;
    }
    return runMigrate(read.input, io);
  },
};

async function runMigrate(input: Input, io: CommandIo): Promise<number> {
  const config = openConfig(input, io);
  if (config === undefined) return exitCodes.failed;
  const onlyLook = input.switches.has('dry-run') || input.switches.has('status');
  const status = onlyLook ? await readMigrationStatus(config) : await applyMigrations(config);
  if (input.switches.has('json')) io.stdout(`${JSON.stringify({ changed: !onlyLook, ...status }, null, 2)}\n`);
  else io.stdout(onlyLook ? statusText(status, input.switches.has('status')) : appliedText(status));
  return exitCodes.done;
}

/**
 * How the schema of a configuration's store stands; makes none.
 * @throws StoreSetupError with a sentence for people
 */
export function readMigrationStatus(config: GatewayConfig): Promise<MigrationStatus> {
  const location = storeLocation(config);
  if ('dataDir' in location && !holdsStore(location.dataDir)) return statusOfNoStore();
  return withStore(location, (sql) => migrationStatus(sql));
}

function applyMigrations(config: GatewayConfig): Promise<MigrationStatus> {
  return withStore(storeLocation(config), async (sql) => ({ applied: await migrate(sql), pending: [] }));
}

/** What `--status` and `--dry-run` say; the latter only of what is missing. */
export function statusText({ applied, pending }: MigrationStatus, all: boolean): string {
  const lines = [
    ...(all ? applied.map(({ name }) => `applied  ${name}`) : []),
    ...pending.map(({ name }) => `missing  ${name}`),
  ];
  const summary = pending.length === 0 ? 'the schema is up to date' : `${pending.length} to apply: wayleave migrate`;
  return `${[...lines, summary].join('\n')}\n`;
}

function appliedText({ applied }: MigrationStatus): string {
  if (applied.length === 0) return 'the schema is up to date; nothing was applied\n';
  return `${applied.map(({ name }) => `applied  ${name}`).join('\n')}\n`;
}
