import { createServer } from 'node:net';
import type { Listen } from '../../config/compiled.ts';
import { probe } from '../api/probe.ts';
import { connectionFault } from '../validation/unreachable-upstreams.ts';
import { causeText, type Check, type CheckResult } from './check.ts';

const healthPaths = { proxy: '/.wayleave/healthz', admin: '/healthz', ops: '/healthz' } as const;

/** Whether the addresses of `listen:` are free, or a gateway serves there already. */
export const checkListeners: Check = async ({ listen }) => {
  const { proxy, admin, ops } = listen;
  const looks = [look('proxy', proxy), look('admin', admin), ...(ops === undefined ? [] : [look('ops', ops)])];
  return Promise.all(looks);
};

async function look(key: keyof typeof healthPaths, at: Listen): Promise<CheckResult> {
  const about = `listen.${key}`;
  const address = `${at.host.includes(':') ? `[${at.host}]` : at.host}:${at.port}`;
  const fault = await bindingFault(at);
  if (fault === undefined) return { state: 'ok', about, text: `${address} is free` };
  if (fault !== 'EADDRINUSE') {
    const fix =
      fault === 'EACCES' ? 'ports below 1024 need a right of their own; take a higher one' : 'correct the address';
    return { state: 'failed', about, text: `${address} cannot be listened on: ${fault}`, fix };
  }
  const served = await isGateway(at, healthPaths[key]);
  if (served) return { state: 'ok', about, text: `a gateway serves at ${address}` };
  const fix = 'end what listens there, or take another port';
  return { state: 'failed', about, text: `${address} is taken, and not by a gateway`, fix };
}

function bindingFault({ host, port }: Listen): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Asks on this machine. Behind TLS it is enough that something listens: the certificate is for another name. */
async function isGateway({ host, port, tls }: Listen, path: string): Promise<boolean> {
  if (tls !== undefined) return true;
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const { text } = await probe(`http://${name}:${port}${path}`);
    return text.includes('"alive"');
  } catch {
    return false;
  }
}

/** Whether targets of upstreams take connections from here. */
export const checkUpstreams: Check = async ({ upstreams }) => {
  const targets = [...upstreams.values()].flatMap(({ name, targets: all }) => all.map((target) => ({ name, target })));
  const looks = targets.slice(0, targetsMax).map(async ({ name, target }): Promise<CheckResult> => {
    const fault = await connectionFault(target);
    const about = `upstream ${name}`;
    if (fault === undefined) return { state: 'ok', about, text: `${target} takes connections` };
    const fix = 'start it, correct the address, or ask from where the gateway runs';
    return { state: 'warning', about, text: `${target} takes none from this machine: ${fault}`, fix };
  });
  return Promise.all(looks);
};

/** Beyond these it is no longer a look. */
const targetsMax = 100;

/** Whether a gateway answers where commands go, and what its checks of itself say. */
export function checkServer(origin: string): Check {
  return async () => {
    const about = 'server';
    try {
      const { status, text } = await probe(`${origin}/readyz?verbose`);
      const said = text.replaceAll('\n', '; ');
      if (status === 200) return [{ state: 'ok', about, text: `${origin} is ready: ${said}` }];
      const fix = 'its log says more';
      return [{ state: 'warning', about, text: `${origin} is not ready (${status}): ${said}`, fix }];
    } catch (error) {
      return [{ state: 'note', about, text: `nothing answers at ${origin}: ${causeText(error)}` }];
    }
  };
}
