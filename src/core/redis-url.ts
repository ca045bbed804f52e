export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** A Redis as a URL names it. */
export type RedisAddress = RedisAccess &
  (
    | { readonly kind: 'single'; readonly node: RedisNode; readonly db: number }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly RedisNode[];
        /** The name under which the sentinels know the master. */
        readonly master: string;
        readonly db: number;
        readonly sentinelUsername: string | undefined;
        readonly sentinelPassword: string | undefined;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
  );

interface RedisAccess {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export type RedisUrlOutcome =
  | { readonly kind: 'ok'; readonly address: RedisAddress }
  /** `reason` is a sentence for people; it never quotes a part that may be a password. */
  | { readonly kind: 'invalid'; readonly reason: string };

const redisPort = 6379;
const sentinelPort = 26_379;
const nodesMax = 100;

const urlPattern =
  /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#\s]*)@)?([^@/?#\s]*)(?:\/([^?#\s]*))?(?:\?([^#\s]*))?$/;

/**
 * Reads `redis://[user]:password@host:port/db`, `redis+sentinel://host,host:port/master/db` (with
 * `?sentinel_username=` and `?sentinel_password=` for the sentinels' own) and `redis+cluster://host,host:port`;
 * `rediss` instead of `redis` is TLS.
 */
export function parseRedisUrl(text: string): RedisUrlOutcome {
  const [all, tls, kind = 'single', login, hosts = '', path = '', query = ''] = urlPattern.exec(text) ?? [];
  if (all === undefined) return invalid('it is not written as redis://user:password@host:6379/0');
  const access = readLogin(login);
  if (access === undefined) {
    return invalid('what stands before the @ is not user:password or :password with special characters escaped');
  }
  const nodes = readNodes(hosts, kind === 'sentinel' ? sentinelPort : redisPort);
  if (typeof nodes === 'string') return invalid(nodes);
  const common = { ...access, tls: tls === 's' };
  if (kind === 'sentinel') return sentinel(common, nodes, path, query);
  if (query !== '') return invalid('nothing may stand after a ? here');
  return kind === 'cluster' ? cluster(common, nodes, path) : single(common, nodes, path);
}

function single(access: RedisAccess, nodes: readonly RedisNode[], path: string): RedisUrlOutcome {
  const [node, another] = nodes;
  const db = readDb(path);
  if (node === undefined || another !== undefined) {
    return invalid('it names several hosts; that takes redis+sentinel:// or redis+cluster://');
  }
  if (db === undefined) return invalid('what follows the host is not the number of a database');
  return { kind: 'ok', address: { ...access, kind: 'single', node, db } };
}

function cluster(access: RedisAccess, nodes: readonly RedisNode[], path: string): RedisUrlOutcome {
  if (readDb(path) !== 0) return invalid('a cluster has the database 0 alone, so nothing may follow its hosts');
  return { kind: 'ok', address: { ...access, kind: 'cluster', nodes } };
}

function sentinel(access: RedisAccess, sentinels: readonly RedisNode[], path: string, query: string): RedisUrlOutcome {
  const [encodedMaster = '', dbText = '', ...more] = path.split('/');
  const master = decoded(encodedMaster);
  if (master === undefined || master === '') {
    return invalid("the master's name is missing after the hosts, as in redis+sentinel://host:26379/mymaster");
  }
  const db = readDb(dbText);
  if (db === undefined || more.length > 0) {
    return invalid("what follows the master's name is not the number of a database");
  }
  const settings = new URLSearchParams(query);
  const unknown = [...settings.keys()].find((name) => !sentinelSettings.has(name));
  if (unknown !== undefined) return invalid('after the ? only sentinel_username and sentinel_password may stand');
  const sentinelUsername = settings.get('sentinel_username') ?? undefined;
  const sentinelPassword = settings.get('sentinel_password') ?? undefined;
  const address = { ...access, kind: 'sentinel', sentinels, master, db, sentinelUsername, sentinelPassword } as const;
  return { kind: 'ok', address };
}

const sentinelSettings = new Set(['sentinel_username', 'sentinel_password']);

function invalid(reason: string): RedisUrlOutcome {
  return { kind: 'invalid', reason };
}

function readLogin(login: string | undefined): Pick<RedisAccess, 'username' | 'password'> | undefined {
  if (login === undefined) return { username: undefined, password: undefined };
  const colon = login.indexOf(':');
  const [username, password] = [decoded(login.slice(0, colon)), decoded(login.slice(colon + 1))];
  if (colon === -1 || username === undefined || password === undefined || password === '') return undefined;
  return { username: username || undefined, password };
}

/** The hosts, or what is wrong with them. */
function readNodes(hosts: string, defaultPort: number): readonly RedisNode[] | string {
  const nodes: RedisNode[] = [];
  for (const part of hosts.split(',')) {
    const [, bracketed, plain, digits] = /^(?:\[([\dA-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(part) ?? [];
    const host = bracketed ?? plain;
    const port = Number(digits ?? defaultPort);
    if (host === undefined) return 'it has no host where one is needed, or one with characters that no host has';
    if (port < 1 || port > 65_535) return 'it has a port that is not one of 1 to 65535';
    nodes.push({ host, port });
  }
  return nodes.length <= nodesMax ? nodes : `it names more than ${nodesMax} hosts`;
}

/** The number of a database; 0 for no text. */
function readDb(text: string): number | undefined {
  return /^\d{0,5}$/.test(text) ? Number(text) : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
