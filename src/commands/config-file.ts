import type { GatewayConfig } from '../config/compiled.ts';
import { loadConfig } from '../config/load.ts';
import { renderProblems } from '../config/report.ts';
import type { CommandIo } from './command.ts';
import type { Input, OptionTable } from './terminal/options.ts';

/** The option of every command that reads gateway.yaml. */
export const configOption = {
  config: { value: 'FILE', help: 'The gateway.yaml; otherwise WAYLEAVE_CONFIG, otherwise ./gateway.yaml' },
} as const satisfies OptionTable;

/** The file that a command uses: --config, WAYLEAVE_CONFIG or gateway.yaml of the working directory. */
export function configFileName(input: Input, io: CommandIo): string {
  return input.values['config'] ?? io.environment.configFile ?? 'gateway.yaml';
}

/**
 * Loads gateway.yaml for a command; when it is not valid, shows every problem on standard error.
 * @returns undefined then
 */
export function openConfig(input: Input, io: CommandIo): GatewayConfig | undefined {
  const outcome = loadConfig(configFileName(input, io), io.environment);
  if (outcome.kind === 'ok') return outcome.config;
  io.stderr(renderProblems(outcome.problems));
  return undefined;
}
