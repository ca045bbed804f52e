import type { Command } from './command.ts';

/** Loads a command when it is asked for: `wayleave token list` has no use for a database. */
export type CommandLoader = () => Promise<Command>;

/** Commands under a heading of the overview. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: Readonly<Record<string, CommandLoader>>;
}

/** Every command of this version, in the order of the overview. */
export const commandGroups: readonly CommandGroup[] = [
  { title: 'Run', commands: { serve: async () => (await import('./serve.ts')).serveCommand } },
  {
    title: 'Look at gateway.yaml',
    commands: {
      init: async () => (await import('./init.ts')).initCommand,
      validate: async () => (await import('./validate.ts')).validateCommand,
      routes: async () => (await import('./routes.ts')).routesCommand,
      explain: async () => (await import('./explain.ts')).explainCommand,
      diff: async () => (await import('./diff.ts')).diffCommand,
      'test-routes': async () => (await import('./test-routes.ts')).testRoutesCommand,
      schema: async () => (await import('./schema.ts')).schemaCommand,
    },
  },
  {
    title: 'Ask the admin API',
    commands: {
      enrol: async () => (await import('./enrol.ts')).enrolCommand,
      token: async () => (await import('./token.ts')).tokenCommand,
      org: async () => (await import('./org.ts')).organizationCommand,
      user: async () => (await import('./user.ts')).userCommand,
      'service-user': async () => (await import('./service-user.ts')).serviceUserCommand,
      usage: async () => (await import('./usage.ts')).usageCommand,
      webhook: async () => (await import('./webhook.ts')).webhookCommand,
      audit: async () => (await import('./audit.ts')).auditCommand,
      reload: async () => (await import('./reload.ts')).reloadCommand,
      node: async () => (await import('./node.ts')).nodeCommand,
      key: async () => (await import('./key.ts')).keyCommand,
      project: async () => (await import('./project.ts')).projectCommand,
      authorization: async () => (await import('./authorization.ts')).authorizationCommand,
      'assume-token': async () => (await import('./assume-token.ts')).assumeTokenCommand,
      'assume-session': async () => (await import('./assume-session.ts')).assumeSessionCommand,
      assume: async () => (await import('./assume.ts')).assumeCommand,
    },
  },
  {
    title: 'Work on the store',
    commands: {
      'admin-token': async () => (await import('./admin-token.ts')).adminTokenCommand,
      migrate: async () => (await import('./migrate.ts')).migrateCommand,
      doctor: async () => (await import('./doctor.ts')).doctorCommand,
    },
  },
  { title: 'About', commands: { version: async () => (await import('./version.ts')).versionCommand } },
];

export const commandLoaders: ReadonlyMap<string, CommandLoader> = new Map(
  commandGroups.flatMap((group) => Object.entries(group.commands)),
);
