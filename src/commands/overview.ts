import { commandGroups, commandLoaders, type CommandGroup } from './registry.ts';

/** What `wayleave --help` prints. */
export async function overview(): Promise<string> {
  const groups = await Promise.all(commandGroups.map(renderGroup));
  return [
    'Wayleave is a reverse-proxy authentication gateway: it checks the bearer token of every request, enforces the scopes',
    'that gateway.yaml asks of the route, and hands the upstream a request whose identity headers can be trusted.',
    '',
    'Usage:',
    '  wayleave <command> [options]',
    '',
    ...groups,
    'Each command has its own page: wayleave <command> --help',
    '',
    'Environment: WAYLEAVE_CONFIG (the file), WAYLEAVE_SERVER and WAYLEAVE_TOKEN or WAYLEAVE_TOKEN_FILE (for the commands',
    'that ask the admin API), DATABASE_URL, NO_COLOR. A token is never an argument.',
    '',
  ].join('\n');
}

async function renderGroup({ title, commands }: CommandGroup): Promise<string> {
  const width = Math.max(...[...commandLoaders.keys()].map((name) => name.length));
  const loaded = Object.entries(commands).map(async ([name, load]) => {
    const { summary } = await load();
    return `  ${name.padEnd(width)}  ${summary}\n`;
  });
  return `${title}:\n${(await Promise.all(loaded)).join('')}`;
}
