import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { startAuthService } from './auth-service.ts';
import { installed } from './installed.ts';
import type { Peer, PeerContext, RunningPeer } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx proxy_pass',
  checksTokens: false,
  takesPost: false,
  start: async (context) => {
    const program = installed('nginx');
    if (program === undefined) return 'not installed';
    return run(program, context, { groups: { origin: context.upstreamPort }, locations: plain });
  },
};

export const nginxAuth: Peer = {
  name: 'nginx-auth',
  title: 'nginx auth_request + Node auth service',
  checksTokens: true,
  takesPost: false,
  start: async (context) => {
    const program = installed('nginx');
    if (program === undefined) return 'not installed';
    const service = await startAuthService(context);
    const groups = { origin: context.upstreamPort, auth: service.port };
    const outer = await run(program, context, { groups, locations: authenticated });
    return { ...outer, pids: [...outer.pids, service.pid] };
  },
};

interface Setup {
  /** Ports to keep connections to, by the name of their `upstream` block. */
  readonly groups: Readonly<Record<string, number>>;
  readonly locations: string;
}

async function run(program: string, { children, token }: PeerContext, setup: Setup): Promise<RunningPeer> {
  const port = await freePort();
  const folder = join(children.folder, `nginx-${port}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'nginx.conf'), configuration(port, setup));
  const pid = await children.spawn(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], port);
  return { port, pids: [pid], token };
}

/** One worker, kept connections, no access log: nginx at its leanest. */
function configuration(port: number, { groups, locations }: Setup): string {
  const upstreams = Object.entries(groups).map(
    ([name, target]) => `upstream ${name} { server 127.0.0.1:${target}; keepalive 64; keepalive_requests 1000000000; }`,
  );
  return `daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_buffer_size 64k;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  proxy_http_version 1.1;
  ${upstreams.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
${locations}  }
}
`;
}

const plain = `    location / {
      proxy_pass http://origin;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
`;

/** The pattern of the manual of ngx_http_auth_request_module, with kept connections to the service as well. */
const authenticated = `    location = /auth {
      internal;
      proxy_pass http://auth;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-URI $request_uri;
    }
    location / {
      auth_request /auth;
      auth_request_set $user $upstream_http_x_auth_user;
      auth_request_set $org $upstream_http_x_auth_org;
      auth_request_set $scopes $upstream_http_x_auth_scopes;
      proxy_pass http://origin;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header Authorization "";
      proxy_set_header X-Auth-User $user;
      proxy_set_header X-Auth-Org $org;
      proxy_set_header X-Auth-Scopes $scopes;
    }
`;
