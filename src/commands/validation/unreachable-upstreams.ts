import { connect } from 'node:net';
import type { GatewayConfig } from '../../config/compiled.ts';
import type { Finding } from '../../config/config-problem.ts';

const withinMs = 2000;
const atATimeMax = 16;

/** Targets of upstreams that take no connection from here. Nothing is sent to those that do. */
export async function findUnreachableUpstreams({ upstreams }: Pick<GatewayConfig, 'upstreams'>): Promise<Finding[]> {
  const targets = [...upstreams.values()].flatMap(({ name, targets: ofUpstream }) =>
    ofUpstream.map((target, index) => ({ name, target, index })),
  );
  const found: (Finding | undefined)[] = [];
  for (let start = 0; start < targets.length; start += atATimeMax) {
    found.push(...(await Promise.all(targets.slice(start, start + atATimeMax).map(look))));
  }
  return found.filter((finding) => finding !== undefined);
}

interface Target {
  readonly name: string;
  readonly target: string;
  readonly index: number;
}

async function look({ name, target, index }: Target): Promise<Finding | undefined> {
  const reason = await connectionFault(target);
  if (reason === undefined) return undefined;
  return {
    path: ['upstreams', name, 'targets', index],
    at: 'value',
    severity: 'warning',
    code: 'unreachable-upstream',
    message: `${target} takes no connection from this machine: ${reason}`,
    fix: 'start it, correct the address, or ask from where the gateway runs',
  };
}

/** Why an origin cannot be connected to, in the words of the system; undefined when it can. */
export function connectionFault(origin: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
    const end = (reason: string | undefined): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(withinMs, () => end(`no answer within ${withinMs / 1000} s`));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
