import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { startAuthService } from './auth-service.ts';
import { installed } from './installed.ts';
import type { Peer, PeerContext, RunningPeer } from './peer.ts';

export const caddy: Peer = {
  name: 'caddy',
  title: 'Caddy reverse_proxy',
  checksTokens: false,
  takesPost: false,
  start: async (context) => {
    const program = installed('caddy');
    return program === undefined ? 'not installed' : run(program, context, '');
  },
};

export const caddyAuth: Peer = {
  name: 'caddy-auth',
  title: 'Caddy forward_auth + Node auth service',
  checksTokens: true,
  takesPost: false,
  start: async (context) => {
    const program = installed('caddy');
    if (program === undefined) return 'not installed';
    const service = await startAuthService(context);
    const outer = await run(program, context, authentication(service.port));
    return { ...outer, pids: [...outer.pids, service.pid] };
  },
};

/** Plain HTTP, no access log (Caddy's default), connections kept for all clients of a run. */
async function run(program: string, context: PeerContext, directives: string): Promise<RunningPeer> {
  const { children, upstreamPort, token } = context;
  const port = await freePort();
  const file = join(children.folder, `Caddyfile-${port}`);
  const text = `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
${directives}  reverse_proxy 127.0.0.1:${upstreamPort} {
    transport http {
      keepalive_idle_conns_per_host 64
    }
  }
}
`;
  writeFileSync(file, text);
  const pid = await children.spawn(program, ['run', '--config', file, '--adapter', 'caddyfile'], port);
  return { port, pids: [pid], token };
}

function authentication(servicePort: number): string {
  return `  forward_auth 127.0.0.1:${servicePort} {
    uri /auth
    copy_headers X-Auth-User X-Auth-Org X-Auth-Scopes
    transport http {
      keepalive_idle_conns_per_host 64
    }
  }
  request_header -Authorization
`;
}
