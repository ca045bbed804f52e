import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';

const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

function shown(text: string): string {
  const environment = readEnvironment({ DATABASE_URL: 'postgres://u:from-environment@h/db', KEY: key });
  const outcome = parseConfig(text, 'gateway.yaml', environment);
  if (outcome.kind === 'invalid') throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome.shown.text;
}

const rest = `
upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes:
  - { name: r, match: { path: / }, upstream: u, public: true }
`;

it('what came from the environment stays the name that is written', () => {
  const text = `version: 1\nstore: { postgres: "\${DATABASE_URL}" }\n${rest}`;
  expect(shown(text)).toBe(text);
});

it.each([
  ['a password in a URL', 'store: { postgres: "postgres://u:hunter2@h/db" }'],
  ['a password in the query of a URL', 'store: { postgres: "postgres://h/db?user=u&password=hunter2" }'],
  ['a password in a default', 'store: { postgres: "${NOT_SET:-postgres://u:hunter2@h/db}" }'],
  ['a password in a comment', '# once redis://:hunter2@h/0'],
  ['the URL of a receiver', 'webhooks: [ { name: w, url: "https://h/hunter2", key: "${KEY}" } ]'],
])('%s is not shown', (_, line) => {
  const text = `version: 1\n${line}\n${rest}`;
  const seen = shown(text);
  expect(seen).not.toContain('hunter2');
  expect(seen.split('\n')).toHaveLength(text.split('\n').length);
});

it('neither are signing keys and headers that make an upstream believe, also through an alias, line for line', () => {
  const text = `version: 1
webhooks:
  - { name: one, url: "https://h/x", key: &k ${key} }
  - { name: two, url: "https://h/y", key: *k }
upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes:
  - name: r
    match: { path: / }
    upstream: u
    public: true
    headers: { request: { set: { X-Api-Key: hunter2, X-Plain: shown } } }
`;
  const seen = shown(text);
  expect(seen).not.toMatch(/hunter2|whsec_/);
  expect(seen).toContain('X-Plain: shown');
  expect(seen.split('\n')).toHaveLength(text.split('\n').length);
});
