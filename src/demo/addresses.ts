import type { GatewayConfig, Listen } from '../config/compiled.ts';
import type { DemoAddress } from './upstream.ts';

/** Why a configuration is not for demo mode, whose token anyone can read from the screen; undefined when it is. */
export function demoRefusal(config: GatewayConfig): string | undefined {
  for (const name of ['proxy', 'admin', 'ops'] as const) {
    const listen = config.listen[name];
    if (listen === undefined || isLoopback(listen.host)) continue;
    return (
      `demo mode listens on this machine alone, and listen.${name} of ${config.file} is ${hostAndPort(listen)}: ` +
      `write 127.0.0.1:${listen.port}, or start without --demo`
    );
  }
  return undefined;
}

/** Where the demo upstream belongs: the first target on this machine that gateway.yaml routes to, if there is one. */
export function demoUpstreamAddress(config: GatewayConfig): DemoAddress | undefined {
  for (const upstream of config.upstreams.values()) {
    for (const target of upstream.targets) {
      const { protocol, hostname, port } = new URL(target);
      const host = hostname.replace(/^\[|\]$/g, '');
      if (protocol === 'http:' && isLoopback(host)) return { host, port: port === '' ? 80 : Number(port) };
    }
  }
  return undefined;
}

/** The address of a listener as people paste it. */
export function originOf(listen: Listen): string {
  return `${listen.tls === undefined ? 'http' : 'https'}://${hostAndPort(listen)}`;
}

function hostAndPort({ host, port }: Listen): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Says whether a host is this machine alone. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
