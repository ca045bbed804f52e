import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import type { ApiAnswer } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

interface Case {
  readonly id: string;
  readonly why: string;
  readonly input: {
    readonly method: string;
    readonly path: string;
    readonly content_type: string;
    readonly body: string | null;
    readonly token: string | null;
  };
  readonly expect: {
    readonly status: number;
    readonly code?: string;
    readonly accept?: readonly number[];
    readonly never_body?: string;
    readonly origin?: string;
  };
}

/** The cases speak of fields by other names; ours is what the contract says. */
const ourNames: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/"note":/g, '"purpose":'],
  [/"expires_in":/g, '"lifetime":'],
  [/"user":/g, '"user_id":'],
];

/** Where our answer is another one than the case's, and why. */
const otherwise: Readonly<Record<string, { status: number; reason: string }>> = {
  'adm-047': { status: 404, reason: 'the console has no page /console/login and redirects nowhere' },
};

const cases = readFileSync(new URL('corpus.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

let world: World;
let admin: Holder;
let limited: Holder;
let reader: Holder;
let other: Holder;

beforeAll(async () => {
  world = await openWorld();
  const scopes = [...builtInRoles['org-admin'], 'read'];
  admin = await world.people.holder('acme', ['wayleave/org-admin', 'analytics/super'], scopes);
  limited = await world.people.holder('acme', ['wayleave/org-admin', 'analytics/viewer'], scopes);
  const service = await world.people.user('acme', ['analytics/super'], 'service');
  reader = await world.people.token(service, ['read']);
  other = await world.people.holder('globex', ['analytics/viewer'], ['read']);
});

function fill(text: string): string {
  const values: Record<string, string> = {
    T_ADMIN: admin.secret,
    T_ADMIN_LIMITED: limited.secret,
    T_READ: reader.secret,
    U_READ: reader.user.id,
    ID_READ: reader.tokenId,
    ID_OTHER_TENANT: other.tokenId,
  };
  return text.replaceAll(
    /\{\{(?:rep:(.):(\d+)|(\w+))\}\}/g,
    (whole: string, repeated?: string, times?: string, name: string = '') => {
      if (repeated !== undefined) return repeated.repeat(Number(times));
      return values[name] ?? whole;
    },
  );
}

/** A case that should succeed gets a name of its own, or it would meet the one before. */
function bodyOf({ id, input, expect: { status } }: Case): string | undefined {
  if (input.body === null) return undefined;
  const named = ourNames.reduce((body, [theirs, ours]) => body.replaceAll(theirs, ours), fill(input.body));
  return status === 201 ? named.replace('"name":"ci"', `"name":"${id}"`) : named;
}

function send(given: Case): Promise<ApiAnswer> {
  const { method, path, content_type: contentType, token } = given.input;
  const client = world.client(token === null || token === 'cookie' ? undefined : fill(token));
  const body = bodyOf(given);
  const { origin } = given.expect;
  return client.call(method, fill(path).replaceAll(' ', '%20'), body, {
    ...(body !== undefined && { 'content-type': contentType }),
    ...(origin !== undefined && { origin }),
    ...(token === 'cookie' && { cookie: 'wayleave_console=0123456789' }),
  });
}

describe('hostile input to the admin API', () => {
  it.each(cases.map((given) => [given.id, given.why, given] as const))('%s: %s', async (id, _why, given) => {
    const answer = await send(given);
    const expected = otherwise[id] ?? given.expect;
    const statuses = [expected.status, ...('accept' in expected ? (expected.accept ?? []) : [])];
    expect(statuses).toContain(answer.status);
    if (answer.status === given.expect.status && given.expect.code !== undefined) {
      expect(answer.body['code']).toBe(given.expect.code);
    }
    if (given.expect.never_body !== undefined) {
      expect(JSON.stringify(answer.body)).not.toContain(fill(given.expect.never_body));
    }
    expect((await world.client(admin.secret).get('/api/v1/me')).status).toBe(200);
  });
});
