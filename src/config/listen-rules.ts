import { compileListen } from './compile.ts';
import type { Listen } from './compiled.ts';
import { quote, valueError, type Finding } from './config-problem.ts';
import { isLoopback } from './loopback.ts';
import type { ListenFile } from './schema-network.ts';
import type { Sections } from './sections.ts';

type Listeners = NonNullable<Sections['listen']>;

/** The listeners that the file has, by key. */
export function listenersOf(listen: Listeners, at: (path: string) => string): [key: string, listener: Listen][] {
  const files: [string, ListenFile | undefined][] = [
    ['proxy', listen.proxy],
    ['admin', listen.admin],
    ['ops', listen.ops],
  ];
  return files.flatMap(([key, file]) => (file === undefined ? [] : [[key, compileListen(file, at)]]));
}

/** Two listeners on one port: only one would start, or the admin API would be where clients are. */
export function checkListeners(listeners: readonly [key: string, listener: Listen][]): Finding[] {
  return listeners.flatMap(([key, listener], index) =>
    listeners.slice(0, index).flatMap(([otherKey, other]) => {
      if (listener.port !== other.port || listener.port === 0 || !overlap(listener.host, other.host)) return [];
      const message = `${key} and ${otherKey} would listen on the same port, ${listener.port}`;
      return [valueError(['listen', key], 'listen-conflict', message, 'give each its own port')];
    }),
  );
}

const everywhere = new Set(['0.0.0.0', '::']);

function overlap(one: string, other: string): boolean {
  return canonicalHost(one) === canonicalHost(other) || everywhere.has(one) || everywhere.has(other);
}

function canonicalHost(host: string): string {
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase();
}

/** A request that goes to the gateway itself would go round until something gives in. */
export function checkLoops(upstreams: NonNullable<Sections['upstreams']>, proxy: Listen): Finding[] {
  return Object.entries(upstreams).flatMap(([name, { targets }]) =>
    targets.flatMap((target, index) => {
      const { hostname, port, protocol } = new URL(target);
      const host = hostname.replace(/^\[|\]$/g, '');
      const targetPort = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
      const here = everywhere.has(proxy.host) ? isLoopback(host) || everywhere.has(host) : overlap(host, proxy.host);
      if (targetPort !== proxy.port || !here) return [];
      const message = `${quote(target)} is where the gateway's own proxy listens; its requests would go round for ever`;
      return [
        valueError(
          ['upstreams', name, 'targets', index],
          'upstream-loop',
          message,
          'name the service behind the gateway',
        ),
      ];
    }),
  );
}
