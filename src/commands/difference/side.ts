import type { GatewayConfig } from '../../config/compiled.ts';
import { decidingPart } from '../../config/deciding-part.ts';
import type { Environment } from '../../config/environment.ts';
import { loadConfig, parseConfig } from '../../config/load.ts';
import { renderProblems } from '../../config/report.ts';
import { writtenValues } from '../../config/written-values.ts';

/** One of the two that are compared. */
export interface Side {
  /** What people know it by. */
  readonly name: string;
  readonly revision: string;
  /** As written, without secrets. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The part that decides, ready to decide. */
  readonly rules: GatewayConfig;
}

export type SideOutcome =
  | { readonly kind: 'side'; readonly side: Side }
  /** `message` is for people and ends with a newline. */
  | { readonly kind: 'wrong'; readonly message: string };

/** Reads a file, which must be valid as a whole. */
export function sideOfFile(file: string, environment: Environment): SideOutcome {
  const outcome = loadConfig(file, environment);
  if (outcome.kind === 'invalid') return { kind: 'wrong', message: renderProblems(outcome.problems) };
  const { shown, config } = outcome;
  return sideOfText(shown.text, { name: file, revision: config.revision }, environment);
}

/** @param text as others may see it */
export function sideOfText(
  text: string,
  { name, revision }: Pick<Side, 'name' | 'revision'>,
  environment: Environment,
): SideOutcome {
  const values = writtenValues(text, name);
  if (values === undefined) return { kind: 'wrong', message: `${name} is no gateway.yaml\n` };
  const outcome = parseConfig(decidingPart(values), name, environment);
  if (outcome.kind === 'ok') return { kind: 'side', side: { name, revision, values, rules: outcome.config } };
  const unset = outcome.problems.filter(({ code }) => code === 'env-unset').map(({ message }) => message);
  const reasons = (unset.length > 0 ? unset : outcome.problems.map(({ message }) => message)).join('; ');
  return { kind: 'wrong', message: `${name} cannot be compared here: ${reasons}\n` };
}
