import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateSource } from 'oazapfts';
import { repository } from '../support/gateway.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openWorld } from './support/world.ts';

let folder: string;

/** A program against the client, as somebody would write it who knows the document alone. */
const program = `
import { getApiV1Tokens, postApiV1OrganizationsByOrgUsers, postApiV1Tokens } from './client.ts';

export async function tokenOfNewServiceUser(): Promise<string> {
  const made = await postApiV1OrganizationsByOrgUsers({
    org: 'acme',
    newUser: { kind: 'service', username: 'ci-bot', name: 'CI', purpose: 'Builds' },
  });
  if (made.status !== 201) throw new Error(made.data.code);
  const token = await postApiV1Tokens({ newToken: { user_id: made.data.id, name: 'ci', scopes: ['device:read'] } });
  if (token.status === 409) return token.data.existing_id ?? '';
  if (token.status !== 201) throw new Error(token.data.detail);
  return token.data.secret;
}

export async function namesOfActiveTokens(): Promise<string[]> {
  const page = await getApiV1Tokens({ state: 'active', limit: 10 });
  return page.status === 200 ? page.data.items.map((token) => token.name) : [];
}
`;

beforeAll(async () => {
  const world = await openWorld();
  folder = await tempDir('client');
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const document = join(folder, 'openapi.json');
  writeFileSync(document, JSON.stringify((await world.client().get('/openapi.json')).body));
  const source = await generateSource(document, { argumentStyle: 'object' });
  writeFileSync(join(folder, 'client.ts'), source);
});

/** What the compiler says of a program that uses the client; '' when nothing. */
function compile(text: string): Promise<string> {
  writeFileSync(join(folder, 'program.ts'), text);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2023',
    module: 'nodenext',
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
  };
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const tsc = join(repository, 'node_modules/.bin/tsc');
  return new Promise((resolve) => {
    execFile(tsc, ['-p', folder, '--pretty', 'false'], (_error, stdout) => resolve(stdout));
  });
}

describe('a client that is generated from /openapi.json', () => {
  it('type-checks, and so does a program that uses it', async () => {
    expect(await compile(program)).toBe('');
  });

  it.each([
    ['a field that there is not', "name: 'CI', purpose", "name: 'CI', nonsense"],
    ['a kind that there is not', "kind: 'service'", "kind: 'robot'"],
    ['an answer that there is not', 'token.data.secret', 'token.data.password'],
  ])('refuses %s', async (_what, right, wrong) => {
    expect(program).toContain(right);
    expect(await compile(program.replace(right, wrong))).toMatch(/error TS\d+/);
  });
});
