import { z } from 'zod';
import { callAndShow, refused, type Action, type ActionContext, type ActionOutcome } from './action.ts';
import { instantText } from './instant-text.ts';
import { receiptText } from './receipt.ts';
import { receiptShape, tokenShape, type TokenAnswer } from './shapes.ts';

const rotatedShape = z.looseObject({ token: tokenShape, secret: z.string(), receipt: receiptShape.optional() });

export const rotateToken: Action = {
  verb: 'rotate',
  summary: 'Give a token its next secret, printed once, alone on standard output; the old one works on for a while',
  takes: ['TOKEN_ID'],
  options: {
    overlap: {
      value: 'DURATION',
      help: 'How long the old one works on: 0, 1m, 15m, 1h, 6h, 24h or 7d; 1h unless told',
    },
    lifetime: { value: 'DURATION', help: 'How long the token lives from now on; as long again as before unless told' },
    expires: { value: 'DATE', help: 'When it ends instead (RFC 3339), or never where tokens.max_lifetime is none' },
  },
  examples: [
    'wayleave token rotate tok_01jd3k',
    'TOKEN=$(wayleave token rotate tok_01jd3k --overlap 24h)',
    'wayleave token rotate tok_01jd3k --overlap 0 --yes',
  ],
  warning: ({ positionals, values }) => {
    return values['overlap'] === '0' ? `This ends the present secret of ${positionals[0]} at once.` : undefined;
  },
  run: rotate,
};

function rotate({ input, client, nowMs }: ActionContext): Promise<ActionOutcome> {
  const { overlap, lifetime, expires } = input.values;
  if (lifetime !== undefined && expires !== undefined)
    return Promise.resolve(refused('--lifetime and --expires exclude each other; give one'));
  const body = {
    ...(overlap !== undefined && { overlap }),
    ...(lifetime !== undefined && { lifetime }),
    ...(expires !== undefined && { expires_at: expires === 'never' ? null : expires }),
  };
  const path = ['tokens', input.positionals[0] ?? '', 'rotate'];
  return callAndShow(client, { method: 'POST', path, body }, rotatedShape, ({ token, secret, receipt }) => ({
    text: `${secret}\n`,
    notes: [
      ...rotatedNotes(token, nowMs),
      'Its new secret is shown this once; it is not stored.',
      ...(receipt === undefined ? [] : [receiptText(receipt)]),
    ],
  }));
}

function rotatedNotes(token: TokenAnswer, nowMs: number): string[] {
  const end = token.expires_at === null ? 'it never expires' : `it expires ${instantText(token.expires_at, nowMs)}`;
  const notes = [`token "${token.name}" (${token.id}) of ${token.username} rotated; ${end}`];
  const { rotation } = token;
  if (rotation) notes.push(`The old secret (...${rotation.old_last_four}) ends ${instantText(rotation.until, nowMs)}.`);
  return notes;
}
