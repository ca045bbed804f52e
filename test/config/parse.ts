import type { GatewayConfig } from '../../src/config/compiled.ts';
import type { ConfigProblem } from '../../src/config/config-problem.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig, type ConfigOutcome } from '../../src/config/load.ts';

/** Reads a gateway.yaml from text, with nothing but these variables in the environment. */
export function parse(text: string, variables: Readonly<Record<string, string>> = {}): ConfigOutcome {
  return parseConfig(text, '/etc/wayleave/gateway.yaml', readEnvironment(variables));
}

/** The configuration of a text that is valid. */
export function valid(text: string, variables: Readonly<Record<string, string>> = {}): GatewayConfig {
  const outcome = parse(text, variables);
  if (outcome.kind === 'ok') return outcome.config;
  throw new Error(`expected a valid file: ${outcome.problems.map(brief).join('; ')}`);
}

/** The problems of a text that is not valid, each as `line:column code path`. */
export function problems(text: string, variables: Readonly<Record<string, string>> = {}): string[] {
  const outcome = parse(text, variables);
  return outcome.kind === 'invalid' ? outcome.problems.map(brief) : [];
}

/** The warnings of a valid text, in the same way. */
export function warnings(text: string): string[] {
  const outcome = parse(text);
  if (outcome.kind === 'ok') return outcome.warnings.map(brief);
  throw new Error(`expected a valid file: ${outcome.problems.map(brief).join('; ')}`);
}

function brief({ line, column, code, path }: ConfigProblem): string {
  return `${line}:${column} ${code} ${path}`;
}

/** A small valid file; `more` goes to its end, under the one route. */
export function small(more = ''): string {
  return `version: 1
scopes: { device:read: Read devices }
projects: { analytics: { name: Analytics, roles: { viewer: ['device:read'] } } }
upstreams: { inventory: { targets: ['http://127.0.0.1:9000'] } }
routes:
  - name: devices
    match: { path: /api/**, methods: [GET, HEAD] }
    upstream: inventory
    scopes: device:read
${more}`;
}
