import type { GatewayConfig } from '../../config/compiled.ts';
import type { CommandIo } from '../command.ts';

/** What was looked at, how it stands, and what to do. */
export interface CheckResult {
  readonly state: 'ok' | 'note' | 'warning' | 'failed';
  readonly about: string;
  readonly text: string;
  readonly fix?: string;
}

/** A look at one thing. It says what it finds, and throws for faults of this program alone. */
export type Check = (config: GatewayConfig, io: CommandIo) => Promise<readonly CheckResult[]>;

/** A cause in a line: the system's code where there is one. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return 'code' in error ? `${error.message} (${String(error.code)})` : error.message;
}
