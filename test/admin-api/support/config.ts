import { parseConfig } from '../../../src/config/load.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import type { GatewayConfig } from '../../../src/config/compiled.ts';

const text = `
version: 1
public_url: https://gateway.example.com
listen: { proxy: 127.0.0.1:18080, admin: 127.0.0.1:18081 }
tokens: { default_lifetime: 30d, max_lifetime: 365d }
scopes: { read: Read, admin: Administer, super-admin: Everything, device:read: Read devices, device:write: Change devices }
projects:
  analytics:
    name: Analytics
    roles:
      viewer: [read, device:read]
      editor: [read, "device:*"]
      admin: [read, admin, "device:*"]
      super: ["*"]
upstreams: { u: { targets: [http://127.0.0.1:19000] } }
routes:
  - { name: everything, match: { path: /** }, upstream: u, authenticated: true }
`;

/** A configuration as gateway.yaml gives it, but for what is given. */
export function configFixture(given: Partial<GatewayConfig> = {}): GatewayConfig {
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return { ...outcome.config, ...given };
}
