import { z } from 'zod';
import { callAndShow, type Action } from './action.ts';
import { instantText } from './instant-text.ts';
import { receiptText } from './receipt.ts';
import { keyShape, pageOf, receiptShape, type KeyAnswer } from './shapes.ts';
import { renderTable, type Column } from '../terminal/table.ts';

const changedShape = z.looseObject({ key: keyShape, receipt: receiptShape.optional() });

function columns(nowMs: number): readonly Column<KeyAnswer>[] {
  return [
    { title: 'ID', cell: (key) => key.id },
    { title: 'ALGORITHM', cell: (key) => key.algorithm },
    { title: 'STATE', cell: (key) => key.state, colour: (key) => (key.state === 'signing' ? 'green' : undefined) },
    { title: 'SIGNS FROM', cell: (key) => instantText(key.signs_from, nowMs) },
    { title: 'GONE', cell: (key) => (key.gone_at === null ? '' : instantText(key.gone_at, nowMs)) },
  ];
}

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List the signing keys, the newest first',
  examples: ['wayleave key list', 'wayleave key list --json'],
  run: ({ client, look, nowMs }) =>
    callAndShow(client, { method: 'GET', path: ['keys'] }, pageOf(keyShape), (page) => ({
      text: renderTable(columns(nowMs), page.items, look),
    })),
};

const rotate: Action = {
  verb: 'rotate',
  summary: 'Publish a new key, which takes over once every verifier can know it',
  options: { now: { help: 'Let it sign at once: for a key that has leaked; slow verifiers refuse for minutes' } },
  examples: ['wayleave key rotate', 'wayleave key rotate --now'],
  run: ({ input, client, nowMs }) =>
    callAndShow(
      client,
      { method: 'POST', path: ['keys', 'rotate'], body: { now: input.switches.has('now') } },
      changedShape,
      ({ key, receipt }) => ({
        text: `${key.id}\n`,
        notes: [
          key.state === 'signing'
            ? `key ${key.id} (${key.algorithm}) signs`
            : `key ${key.id} (${key.algorithm}) is published; it signs from ${instantText(key.signs_from, nowMs)}`,
          ...(receipt === undefined ? [] : [receiptText(receipt)]),
        ],
      }),
    ),
};

const retire: Action = {
  verb: 'retire',
  summary: 'Take a key that is not signing out of the key set at once',
  takes: ['KEY_ID'],
  examples: ['wayleave key retire key_01jd3k'],
  warning: (input) => `What ${input.positionals[0]} signed will count no more, which can't be undone.`,
  run: ({ input, client }) =>
    callAndShow(
      client,
      { method: 'POST', path: ['keys', input.positionals[0] ?? '', 'retire'] },
      changedShape,
      ({ key, receipt }) => ({
        notes: [`key ${key.id} is gone from the key set`, ...(receipt === undefined ? [] : [receiptText(receipt)])],
      }),
    ),
};

export const keyActions: readonly Action[] = [list, rotate, retire];
