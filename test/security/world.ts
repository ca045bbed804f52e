import { crc32 } from 'node:zlib';
import { toBase62 } from '../../src/lib/ids.ts';
import { isLongRun } from '../support/counts.ts';
import { openGatewaySession, type GatewaySession } from '../support/gateway-session.ts';
import { makeTokens, type FixtureToken, type TokenWish } from '../support/gateway-tokens.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { startRecordingUpstream, type RecordingUpstream } from '../support/recording-upstream.ts';

/** A gateway and its upstream as the corpus asks for them. */
export interface World {
  readonly gateway: RunningGateway;
  readonly upstream: RecordingUpstream;
  readonly tokens: Tokens;
  /** Values of the corpus's macros. */
  readonly names: ReadonlyMap<string, string>;
}

/** Waits take a tenth of the corpus's time under `npm test` and the whole of it under `npm run test:long`. */
export const pace = isLongRun ? 1 : 0.1;

export interface WorldOptions {
  /** Whether the routes name their hosts. */
  readonly namesHosts: boolean;
}

/** Starts both; they end with the tests of this file. */
export async function startWorld({ namesHosts }: WorldOptions): Promise<World> {
  const upstream = await startRecordingUpstream();
  const gateway = await startGateway({ yaml: fixtureYaml(upstream.origin, namesHosts) });
  const tokens = await makeTokens(gateway, 'fixture/everything', tokenWishes);
  const session = await openGatewaySession(gateway, 'fixture/everything');
  return { gateway, upstream, tokens, names: namesOf(gateway, tokens, session) };
}

const tokenWishes = {
  READ: { scopes: ['read'] },
  ADMIN: { scopes: ['read', 'admin'] },
  ADMIN_LIMITED: { scopes: ['read'] },
  REVOKED: { scopes: ['read'], fate: 'revoke' },
  EXPIRED: { scopes: ['read'], fate: 'expire' },
  DISABLED_OWNER: { scopes: ['read'], fate: 'disable owner' },
  OTHER_TENANT: { scopes: ['read'], organization: 'other' },
  WEIRD_NAME: { scopes: ['read'], displayName: 'X-Auth-User: root, "é" <script>' },
} as const satisfies Record<string, TokenWish>;

type Tokens = Readonly<Record<keyof typeof tokenWishes, FixtureToken>>;

const milliseconds = (seconds: number): string => `${seconds * 1000 * pace}ms`;

function fixtureYaml(origin: string, namesHosts: boolean): string {
  const hosts = namesHosts ? 'hosts: [localhost, 127.0.0.1], ' : '';
  return `
limits: { header_timeout: ${milliseconds(10)}, body_idle_timeout: ${milliseconds(10)}, max_body: 10MiB }
scopes: { read: Read, admin: Administer }
projects:
  fixture: { name: Fixture, roles: { everything: ["*"], reader: [read] } }
upstreams:
  upstream:
    targets: ["${origin}"]
    timeouts: { connect: ${milliseconds(5)}, response: ${milliseconds(30)}, idle: ${milliseconds(30)} }
routes:
  - { name: public, match: { ${hosts}path: "/public/**", methods: [GET, HEAD] }, upstream: upstream, public: true }
  - { name: api, match: { ${hosts}path: "/api/**" }, upstream: upstream, scopes: read }
  - { name: admin-area, match: { ${hosts}path: "/admin-area/**" }, upstream: upstream, scopes: admin }
  - { name: ws, match: { ${hosts}path: "/ws/**" }, upstream: upstream, scopes: read }
`;
}

function namesOf({ port }: RunningGateway, tokens: Tokens, session: GatewaySession): ReadonlyMap<string, string> {
  const names = new Map([
    ['HOST', `127.0.0.1:${port}`],
    ['HOSTNAME', 'localhost'],
  ]);
  for (const [name, { secret, tokenId, userId, hash }] of Object.entries(tokens)) {
    names.set(`T_${name}`, secret);
    names.set(`T_ID_OF_${name}`, tokenId);
    names.set(`T_HASH_OF_${name}`, hash);
    names.set(`U_${name}`, userId);
    names.set(`ID_${name}`, tokenId);
  }
  const read: string = tokens.READ.secret;
  names.set('T_IMPERSONATE', session.secret);
  names.set('U_ASSUMED', session.subjectId);
  names.set('U_IMPERSONATOR', session.actorId);
  names.set('T_READ_TAIL', read.slice('wl_pat_'.length));
  names.set('T_READ_TRUNC1', read.slice(0, -1));
  names.set('T_READ_UPPER', otherCase(read));
  // The text is no base64, so no two texts stand for the same bytes: the nearest is another last character.
  names.set('T_READ_B64_ALIAS', read.slice(0, -1) + (read.endsWith('A') ? 'B' : 'A'));
  names.set('T_SAME_PREFIX_WRONG_TAIL', sameStart(read));
  return names;
}

function otherCase(token: string): string {
  return [...token]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

/** A token that begins as another one does, with a checksum that is right. */
function sameStart(token: string): string {
  const body = `${token.slice(0, 20)}${'0'.repeat(token.length - 26)}`;
  return body + toBase62(crc32(body), 6);
}
