import type { GatewayConfig } from '../config/compiled.ts';
import { isBuiltInScope } from '../core/scope.ts';
import type { RawToken } from '../core/token.ts';
import { demoUpstreamAddress, originOf } from './addresses.ts';
import { allowedExample, refusedExample, type ExampleRequest } from './example-requests.ts';
import type { DemoToken } from './seed.ts';

export interface DemoRun {
  readonly config: GatewayConfig;
  readonly token: DemoToken;
  readonly version: string;
  /** The ports in use, also where gateway.yaml leaves the choice to the system. */
  readonly ports: { readonly proxy: number; readonly admin: number };
}

/** What `serve --demo` prints: where everything is, the demo token, and a curl line that works when pasted. */
export function demoBanner({ config, token: demo, version, ports }: DemoRun): string {
  const upstream = demoUpstreamAddress(config);
  const proxy = originOf({ ...config.listen.proxy, port: ports.proxy });
  const admin = originOf({ ...config.listen.admin, port: ports.admin });
  const scopes = new Set(demo.scopes);
  const allowed = allowedExample(config, scopes);
  const refused = refusedExample(config, scopes);
  return [
    `Wayleave ${version} is running in demo mode with ${config.file}. Ctrl-C stops it.`,
    '',
    `  proxy     ${proxy}   what clients call`,
    `  admin     ${admin}   the admin API; its description is at /openapi.json`,
    `  console   ${admin}/  sign in with the token below`,
    ...(upstream === undefined
      ? []
      : [`  upstream  http://${upstream.host}:${upstream.port}   shows the request it received`]),
    '',
    `Demo token of ${demo.username}, for ${demo.hours} h; the one of the start before is revoked:`,
    '',
    `  ${demo.secret}`,
    '',
    ...(allowed === undefined
      ? []
      : ['Let through, with who it is from in X-Auth-* headers:', '', ...curl(proxy, allowed, demo.secret), '']),
    ...(refused === undefined
      ? []
      : ['Refused, for the token lacks a scope:', '', ...curl(proxy, refused, demo.secret), '']),
    ...(refused === undefined
      ? []
      : ['Why it is refused, step by step:', '', `  ${explainLine(refused, demo.scopes)}`, '']),
    'A token for the admin API, printed once:',
    '',
    '  npx wayleave admin-token',
    '',
    '',
  ].join('\n');
}

function curl(proxy: string, { method, path, host }: ExampleRequest, secret: RawToken): string[] {
  const parts = [
    'curl -i',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...(host === undefined ? [] : [`-H 'Host: ${host}'`]),
    `-H 'Authorization: Bearer ${secret}'`,
    `'${proxy}${path.replaceAll("'", '%27')}'`,
  ];
  return [`  ${parts.join(' ')}`];
}

function explainLine({ method, path, host }: ExampleRequest, scopes: readonly string[]): string {
  const named = scopes.filter((scope) => !isBuiltInScope(scope)).join(',') || scopes.join(',');
  const parts = [`npx wayleave explain ${method} '${path.replaceAll("'", '%27')}'`, `--scopes ${named}`];
  return [...parts, ...(host === undefined ? [] : [`--host ${host}`])].join(' ');
}
