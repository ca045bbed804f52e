import { beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let member: Holder;
let colleague: Holder;
let foreign: Holder;

beforeAll(async () => {
  world = await openWorld();
  member = await world.people.holder('acme', [], ['wayleave:self']);
  colleague = await world.people.holder('acme', ['analytics/viewer'], ['read', 'device:read']);
  foreign = await world.people.holder('globex', ['analytics/viewer'], ['read']);
});

const explain = (holder: Holder, body: object) =>
  world.client(holder.secret).post('/api/v1/explain', { method: 'GET', path: '/things', ...body });

describe('POST /explain', () => {
  it('decides as nobody, as a token that exists, as a user, and as one who does not exist', async () => {
    expect(await explain(member, {})).toMatchObject({
      status: 200,
      body: { decision: 'deny', status: 401, code: 'token_missing', route: { name: 'everything' } },
    });
    expect(await explain(member, { token: colleague.secret })).toMatchObject({
      status: 200,
      body: {
        decision: 'allow',
        steps: [
          { stage: 'path' },
          { stage: 'match' },
          { stage: 'auth', text: expect.stringContaining(colleague.tokenId) as string },
          { stage: 'identity', text: expect.stringContaining(colleague.user.username) as string },
          { stage: 'access' },
          { stage: 'headers' },
          { stage: 'upstream' },
          { stage: 'assertion' },
        ],
        revision: world.deps.currentConfig().revision,
      },
    });
    expect(await explain(member, { user_id: member.user.id })).toMatchObject({ body: { decision: 'allow' } });
    expect(await explain(member, { scopes: ['read'], kind: 'service', organization: 'acme' })).toMatchObject({
      body: { decision: 'allow' },
    });
  });

  it('says how old what it knows of the token is', async () => {
    await explain(member, { token: colleague.secret });
    const { body } = await explain(member, { token: colleague.secret });
    expect(JSON.stringify(body['steps'])).toMatch(/known from memory, read \d+\.\d s before|read from the store/);
  });

  it('needs a right to ask as a colleague, and asks as nobody of another organisation', async () => {
    const reader = await world.people.holder('acme', ['wayleave/auditor'], ['wayleave:org:read']);
    expect(await explain(reader, { user_id: colleague.user.id })).toMatchObject({ body: { decision: 'allow' } });
    expectProblem(await explain(member, { user_id: colleague.user.id }), 403, 'insufficient_scope');
    expectProblem(await explain(reader, { user_id: foreign.user.id }), 404, 'not_found');
  });

  it('tells nothing of a token of another organisation', async () => {
    const answer = await explain(foreign, { token: colleague.secret });
    expectProblem(answer, 404, 'not_found');
    const said = JSON.stringify(answer.body);
    for (const own of [colleague.tokenId, colleague.user.username, colleague.user.organizationId, 'device:read']) {
      expect(said).not.toContain(own);
    }
    for (const path of ['/.wayleave/whoami', '/.wayleave/self/rotate', '/.wayleave/assume']) {
      expectProblem(await explain(foreign, { method: 'POST', path, token: colleague.secret }), 404, 'not_found');
    }
    const platform = await world.people.holder('platform', ['wayleave/platform-admin'], ['wayleave:platform']);
    expect(await explain(platform, { token: colleague.secret })).toMatchObject({ body: { decision: 'allow' } });
  });

  it('changes nothing, whatever it is asked about', async () => {
    for (const action of ['rotate', 'revoke']) {
      const asked = { method: 'POST', path: `/.wayleave/self/${action}`, token: colleague.secret };
      expect(await explain(member, asked)).toMatchObject({ status: 200, body: { decision: 'allow' } });
    }
    expect(await explain(member, { token: colleague.secret })).toMatchObject({ body: { decision: 'allow' } });
  });

  it('never tells a token back, and never logs it', async () => {
    const junk = mintToken('wl', 'pat');
    const { body } = await explain(member, { token: junk, path: `/things/${junk}?key=${junk}` });
    expect(body).toMatchObject({ decision: 'deny', status: 401, code: 'token_invalid' });
    const wrong = await explain(member, { token: `${junk} `, scopes: [junk] });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify([body, wrong.body])).not.toContain(junk);
    expect(world.log.text()).not.toContain(junk);
  });

  it.each([
    { body: { method: 'get' }, pointer: '/method' },
    { body: { path: 'things' }, pointer: '/path' },
    { body: { from: 'here' }, pointer: '/from' },
    { body: { token: 'x', user_id: 'usr_1' }, pointer: '/user_id' },
    { body: { token: 'x', scopes: ['read'] }, pointer: '/scopes' },
    { body: { kind: 'human' }, pointer: '/kind' },
    { body: { organization: 'acme', user_id: 'usr_1' }, pointer: '/organization' },
    { body: { scopes: ['reed'] }, pointer: '/scopes/0' },
  ])('takes no $body', async ({ body, pointer }) => {
    expect(await explain(member, body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});
