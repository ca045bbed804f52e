import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { findOwner } from './find-user.ts';
import { organizationOption } from './organization-option.ts';
import { instantText } from './instant-text.ts';
import { tokenShape, type TokenAnswer } from './shapes.ts';
import { readList, type Input, type OptionTable } from '../terminal/options.ts';

export const createdShape = z.looseObject({ token: tokenShape, secret: z.string() });

/** What a new token may be given. */
export const newTokenOptions = {
  name: { value: 'NAME', help: "What it is called; unique among its owner's active tokens" },
  scopes: { value: 'A,B', help: "What it may do; nothing beyond its owner's roles and your own token" },
  lifetime: {
    value: 'DURATION',
    help: 'How long it lives, such as 12h or 30d; the default of gateway.yaml unless told',
  },
  expires: {
    value: 'DATE',
    help: 'When it ends instead (RFC 3339), such as 2030-01-31T12:00:00Z; or never, where tokens.max_lifetime is none',
  },
  'allowed-ips': { value: 'A,B', help: 'Address blocks it may be used from; as your own token unless told' },
  purpose: { value: 'TEXT', help: 'What it is for' },
} as const satisfies OptionTable;

export const createToken: Action = {
  verb: 'create',
  summary: 'Make a token for yourself or a service user; its secret is printed once, alone on standard output',
  options: {
    ...newTokenOptions,
    user: { value: 'USER', help: 'Its owner: the id of a service user or the username; yourself unless told' },
    ...organizationOption,
  },
  required: ['name', 'scopes'],
  examples: [
    'wayleave token create --name laptop --scopes device:read',
    'wayleave token create --name ci --scopes device:read,collection:read --lifetime 30d --org acme --user ci-bot',
    'TOKEN=$(wayleave token create --name cron --scopes device:read)',
  ],
  run: create,
};

async function create({ input, client, nowMs }: ActionContext): Promise<ActionOutcome> {
  const { user } = input.values;
  const token = newTokenBody(input);
  if (token === undefined) return refused(twoEnds);
  const owner = user === undefined ? undefined : await findOwner(client, user, input);
  if (owner?.kind === 'failed') return owner;
  const body = { ...(owner && { user_id: owner.body }), ...token };
  return callAndShow(client, { method: 'POST', path: ['tokens'], body }, createdShape, (created) => ({
    text: `${created.secret}\n`,
    notes: createdNotes(created.token, nowMs),
  }));
}

export const twoEnds = '--lifetime and --expires exclude each other; give one';

/** A new token as the API takes it; undefined for two ends. */
export function newTokenBody({ values }: Input): Readonly<Record<string, unknown>> | undefined {
  const { name, scopes = '', lifetime, expires, purpose, 'allowed-ips': allowedIps } = values;
  if (lifetime !== undefined && expires !== undefined) return undefined;
  return {
    name,
    scopes: readList(scopes),
    ...(purpose !== undefined && { purpose }),
    ...(lifetime !== undefined && { lifetime }),
    ...(expires !== undefined && { expires_at: expires === 'never' ? null : expires }),
    ...(allowedIps !== undefined && { allowed_ips: readList(allowedIps) }),
  };
}

/** What a person is told of a token that was made. */
export function createdNotes(token: TokenAnswer, nowMs: number): readonly string[] {
  const end = token.expires_at === null ? 'it never expires' : `it expires ${instantText(token.expires_at, nowMs)}`;
  return [
    `token "${token.name}" (${token.id}) of ${token.username} made; ${end}`,
    'Its secret is shown this once; it is not stored.',
  ];
}
