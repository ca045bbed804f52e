import type { Column } from '../terminal/table.ts';
import type { Action } from './action.ts';
import { instantText } from './instant-text.ts';
import { listingOptions, showListing } from './listing.ts';
import { webhookDeliveryShape, type WebhookDeliveryAnswer } from './shapes.ts';

const colours: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  delivered: 'green',
  pending: 'yellow',
  dead: 'red',
};

function columns(nowMs: number): readonly Column<WebhookDeliveryAnswer>[] {
  return [
    { title: 'EVENT', cell: (delivery) => delivery.event_id },
    { title: 'TYPE', cell: (delivery) => delivery.type },
    { title: 'TARGET', cell: (delivery) => delivery.target, flexible: true },
    { title: 'STATE', cell: (delivery) => delivery.state, colour: (delivery) => colours[delivery.state] },
    { title: 'ATTEMPTS', cell: (delivery) => String(delivery.attempts) },
    { title: 'MADE', cell: (delivery) => instantText(delivery.created_at, nowMs) },
    {
      title: 'NEXT',
      cell: ({ next_attempt_at: next }) => (next === null ? '-' : instantText(next, nowMs)),
    },
    { title: 'LAST ERROR', cell: (delivery) => delivery.last_error ?? '-', flexible: true },
  ];
}

const list: Action = {
  verb: 'list',
  aliases: ['ls'],
  summary: 'List what targets were told, newest first, with what could not be delivered',
  options: {
    state: { value: 'STATE', help: 'Only those that are pending, delivered or dead' },
    target: { value: 'TARGET', help: 'Only those for a target of gateway.yaml' },
    ...listingOptions,
  },
  examples: ['wayleave webhook list', 'wayleave webhook list --state dead', 'wayleave webhook list --json'],
  run: (context) => {
    const { state, target } = context.input.values;
    return showListing(context, {
      path: ['webhooks', 'deliveries'],
      filter: { state, target },
      shape: webhookDeliveryShape,
      columns: columns(context.nowMs),
      items: 'deliveries',
    });
  },
};

export const webhookActions: readonly Action[] = [list];
