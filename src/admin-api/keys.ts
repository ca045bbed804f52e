import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { signingAlgorithms, signingKeyStates } from '../core/signing-key.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { needs } from './guard.ts';
import {
  actionRefusals,
  answer,
  body,
  bodyRefusals,
  noQuery,
  refusal409,
  refusals,
  security,
} from './http/documentation.ts';
import { id } from './http/fields.ts';
import { jsonBody } from './http/json-body.ts';
import { pageOf } from './http/paging.ts';
import { notFound, refuse } from './http/problem-response.ts';
import type { SigningKey } from './ports/signing-keys.ts';
import { receiptSchema, withReceipt } from './receipt.ts';

const keyView = z
  .object({
    id: z.string().openapi({ description: 'The `kid` of what it signs' }),
    algorithm: z.enum(signingAlgorithms),
    state: z.enum(signingKeyStates).openapi({
      description:
        '`published`: in the key set, does not sign yet. `signing`. `retired`: signs no more, in the key set until the ' +
        'last token that it signed has ended. `gone`: out of the key set; its private half is deleted.',
    }),
    created_at: z.iso.datetime(),
    signs_from: z.iso.datetime(),
    retires_at: z.iso.datetime().nullable(),
    gone_at: z.iso.datetime().nullable().openapi({ description: 'When it leaves the key set' }),
  })
  .openapi('SigningKey');

const changedKey = z.object({
  key: keyView,
  receipt: receiptSchema.openapi({
    description:
      'A node that has confirmed reads its keys anew at that moment; a silent one signs nothing after the bound',
  }),
});

const tags = ['Signing keys'];
const platform = needs('wayleave:platform');
const needed = 'Needs `wayleave:platform`.';

const listKeysCall = createRoute({
  method: 'get',
  path: '/api/v1/keys',
  tags,
  security,
  summary: 'List the keys that sign assertions',
  description: `${needed} The newest first, those that are gone too. Never a private key.`,
  middleware: [platform] as const,
  request: { query: noQuery },
  responses: { 200: answer('Every key', pageOf(keyView)), ...refusals },
});

const rotateKeysCall = createRoute({
  method: 'post',
  path: '/api/v1/keys/rotate',
  tags,
  security,
  summary: 'Make the next signing key',
  description:
    `${needed} It is published at once and signs when every verifier can know it, five and a half minutes later. With ` +
    '`now` the newest key signs at once, which is the published one where there is one: verifiers that do not ask for ' +
    'keys that they do not know refuse until they ask again.',
  middleware: [platform, jsonBody] as const,
  request: { query: noQuery, body: body(z.strictObject({ now: z.boolean().default(false) })) },
  responses: {
    200: answer('The key that takes over', changedKey),
    ...refusals,
    ...bodyRefusals,
    ...refusal409,
  },
});

const retireKeyCall = createRoute({
  method: 'post',
  path: '/api/v1/keys/{id}/retire',
  tags,
  security,
  summary: 'Take a key out of the key set at once',
  description:
    `${needed} What it signed counts no more wherever the key set is asked for again. For a key that has leaked: rotate ` +
    'with `now` first, for the key that signs cannot be retired.',
  middleware: [platform] as const,
  request: { params: z.object({ id }), query: noQuery },
  responses: {
    200: answer('The key as it is now', changedKey),
    ...actionRefusals,
  },
});

export function addKeyCalls(app: AdminApp): void {
  app.openapi(listKeysCall, list);
  app.openapi(rotateKeysCall, rotate);
  app.openapi(retireKeyCall, retire);
}

const list: RouteHandler<typeof listKeysCall, AdminEnv> = async (c) => {
  const keys = await c.var.stores.keys.list();
  return c.json({ items: keys.map(presentKey), next_cursor: null }, 200);
};

const rotate: RouteHandler<typeof rotateKeysCall, AdminEnv> = async (c) => {
  const { deps, stores } = c.var;
  const { algorithm } = deps.currentConfig().assertion;
  const { outcome, receipt } = await withReceipt(deps, () =>
    stores.keys.rotate({ algorithm, now: c.req.valid('json').now }),
  );
  const { kind, key } = outcome;
  if (kind === 'rotated') return c.json({ key: presentKey(key), receipt }, 200);
  const detail =
    `The key ${key.id} is published already and signs from ${rfc3339(key.signsFromMs)}. ` +
    'Wait for it, or send "now": true to let it sign at once.';
  return refuse(c, { code: 'conflict', detail, existingId: key.id });
};

const retire: RouteHandler<typeof retireKeyCall, AdminEnv> = async (c) => {
  const { id: keyId } = c.req.valid('param');
  const { deps, stores } = c.var;
  const { outcome, receipt } = await withReceipt(deps, () => stores.keys.retire(keyId));
  if (outcome === undefined) return refuse(c, notFound('signing key', keyId));
  if (outcome.kind === 'retired') return c.json({ key: presentKey(outcome.key), receipt }, 200);
  const detail = `The key ${keyId} is signing. Let another one take over first: POST /api/v1/keys/rotate with "now": true.`;
  return refuse(c, { code: 'conflict', detail });
};

function presentKey(key: SigningKey): z.infer<typeof keyView> {
  const { id: keyId, algorithm, state } = key;
  return {
    id: keyId,
    algorithm,
    state,
    created_at: rfc3339(key.createdAtMs),
    signs_from: rfc3339(key.signsFromMs),
    retires_at: key.retiresAtMs === null ? null : rfc3339(key.retiresAtMs),
    gone_at: key.goneAtMs === null ? null : rfc3339(key.goneAtMs),
  };
}

function rfc3339(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
