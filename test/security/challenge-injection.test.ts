import { validateHeaderValue } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { problemHeaders } from '../../src/core/problem.ts';

function publicUrlOf(written: string): string | undefined {
  const text = `
version: 1
public_url: ${JSON.stringify(written)}
upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes: [ { name: r, match: { path: /** }, upstream: u, authenticated: true } ]
`;
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome.config.publicUrl;
}

describe('a public_url that no header could hold as it was written', () => {
  it.each([
    ['https://пример.example', 'https://xn--e1afmkfd.example'],
    ['https://h/"x"', 'https://h/%22x%22'],
    ['https://h/日本/', 'https://h/%E6%97%A5%E6%9C%AC'],
  ])('%s makes a sound challenge', (written, realm) => {
    const publicUrl = publicUrlOf(written);
    expect(publicUrl).toBe(realm);
    const headers = problemHeaders({ code: 'token_missing', detail: '' }, publicUrl ?? '');
    expect(headers['www-authenticate']).toBe(`Bearer realm="${realm}"`);
    expect(() => validateHeaderValue('www-authenticate', headers['www-authenticate'] ?? '')).not.toThrow();
  });
});
