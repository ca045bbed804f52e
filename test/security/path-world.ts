import { makeTokens } from '../support/gateway-tokens.ts';
import { startGateway } from '../support/gateway.ts';
import { sendRaw, type RawAnswer } from '../support/raw-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';

/** A gateway with every kind of access and every switch that concerns paths. */
export interface PathWorld {
  /** A token with the scope `read` alone. */
  readonly token: string;
  /** @param fields further header lines, each with its end */
  get(target: string, fields?: string): Promise<RawAnswer | undefined>;
  /** The targets that the upstream has seen since the last call. */
  targets(): Promise<string[]>;
}

/** Starts it; it ends with the tests of this file. */
export async function startPathWorld(): Promise<PathWorld> {
  const upstream = await startRecordingUpstream();
  const gateway = await startGateway({ yaml: yamlFor(upstream.origin) });
  const { READ } = await makeTokens(gateway, 'fixture/reader', { READ: { scopes: ['read'] } });
  return {
    token: READ.secret,
    get: async (target, fields = '') => {
      const { answers } = await sendRaw(gateway.port, `GET ${target} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`);
      return answers[0];
    },
    targets: async () => (await upstream.take()).requests.map(({ target }) => target),
  };
}

function yamlFor(origin: string): string {
  return `
scopes: { read: Read, admin: Administer }
projects: { fixture: { name: Fixture, roles: { reader: [read] } } }
upstreams: { upstream: { targets: ["${origin}"] } }
routes:
  - { name: public, match: { path: "/public/**" }, upstream: upstream, public: true }
  - { name: api, match: { path: "/api/**" }, upstream: upstream, scopes: read }
  - { name: secret, match: { path: "/secret/**" }, upstream: upstream, scopes: admin }
  - { name: files, match: { path: "/files/**" }, upstream: upstream, public: true, allow_encoded_slashes: true }
  - { name: files-secret, match: { path: "/files/secret/**" }, upstream: upstream, scopes: admin }
  - { name: parameters, match: { path: "/parameters/**" }, upstream: upstream, public: true, allow_semicolons: true }
  - { name: parameters-secret, match: { path: "/parameters/secret/**" }, upstream: upstream, scopes: admin }
  - { name: stripped, match: { path: "/stripped/**" }, upstream: upstream, public: true, strip_prefix: /stripped }
  - { name: rewritten, match: { path: "/rewritten/:one/x/**" }, upstream: upstream, public: true, rewrite: "/v2/:one/y/**" }
  - { name: both, match: { path: "/both/:one/**" }, upstream: upstream, public: true, rewrite: "/v3/:one/**", allow_encoded_slashes: true, allow_semicolons: true }
  - { name: both-secret, match: { path: "/both/b/secret/**" }, upstream: upstream, scopes: admin }
`;
}
