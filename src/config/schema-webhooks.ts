import * as z from 'zod';
import { readWebhookKey, webhookEventTypes } from '../core/webhook.ts';
import { quote } from './config-problem.ts';
import { isLoopback } from './loopback.ts';
import { readUrl } from './schema-network.ts';
import { organization } from './schema-routes.ts';
import { duration, faultIssue, name, text } from './schema-values.ts';

const second = 1000;
const targetsMax = 20;

const url = text(
  {
    title: 'the URL of a receiver',
    description: 'Where events are sent by POST: https, or http on this machine.',
    examples: ['https://hooks.example.com/wayleave'],
    pattern: '^https?://[^#@]+$',
  },
  (value) => {
    const read = readUrl(value);
    if (read === undefined || read.username !== '' || read.password !== '' || value.includes('#')) {
      const message = 'this is not the URL of a receiver; write https://host/path, without user and fragment';
      return { code: 'invalid-url', message };
    }
    if (read.protocol === 'https:' || isLoopback(read.hostname.replace(/^\[|\]$/g, ''))) return undefined;
    return { code: 'invalid-url', message: 'events leave this machine over https alone', fix: 'write https://' };
  },
);

/** Says nothing of the value itself, which is a secret. */
const key = text(
  {
    title: 'a signing key',
    description: 'Signs what is sent: whsec_ and 24 to 64 bytes in base64, from the environment.',
    examples: ['${OPS_WEBHOOK_KEY}'],
    pattern: '^whsec_[A-Za-z0-9+/]+={0,2}$',
  },
  (value) =>
    readWebhookKey(value) === undefined
      ? {
          code: 'invalid-value',
          message: 'this is not a signing key: it takes whsec_ and 24 to 64 bytes in base64',
          fix: 'make one with: echo "whsec_$(openssl rand -base64 32)"',
        }
      : undefined,
);

const target = z.strictObject({
  name: name('a name of a webhook', 'For logs, metrics and lists.'),
  url,
  key,
  events: z
    .array(z.enum(webhookEventTypes))
    .min(1)
    .prefault([...webhookEventTypes])
    .meta({ description: 'What is told; everything unless named.' }),
  organizations: z
    .array(organization)
    .min(1)
    .optional()
    .meta({ description: 'Only of these organisations: ids or slugs.' }),
  timeout: duration('How long one attempt may take.', { min: 100, max: 30 * second }).prefault('10s'),
});

/** `webhooks:`, who is told of what happens. */
export const webhooks = z
  .array(target)
  .check(({ value, issues }) => {
    if (value.length > targetsMax) {
      issues.push(faultIssue(value, { code: 'out-of-range', message: `takes ${targetsMax} webhooks at most` }));
    }
    const seen = new Set<string>();
    for (const [index, { name: given }] of value.entries()) {
      const message = `the name ${quote(given)} is taken by a webhook above`;
      if (seen.has(given)) issues.push(faultIssue(value, { code: 'duplicate-value', message }, [index, 'name']));
      seen.add(given);
    }
  })
  .meta({ description: 'Receivers that are told of events, signed as Standard Webhooks.' });
