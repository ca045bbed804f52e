import * as z from 'zod';
import { count, duration, text } from './schema-values.ts';

const second = 1000;
const hour = 3600 * second;

const path = text(
  {
    title: 'a path',
    description: 'What a healthy target answers with 200 to 399; a query may follow. Redirects are not followed.',
    examples: ['/healthz', '/status?of=gateway'],
    pattern: '^/(?![/\\\\])[!-"$-~]*$',
  },
  (value) =>
    value.length <= 1024 && /^\/(?![/\\])[!-"$-~]*$/.test(value)
      ? undefined
      : {
          code: 'invalid-path',
          message:
            'a check asks the target itself; write a path such as /healthz or /healthz?deep=1, with one slash first, no spaces and no #',
        },
);

/** `health:` of an upstream. */
export const health = z
  .strictObject({
    path,
    interval: duration('From one check to the next.', { min: 100, max: hour }).prefault('5s'),
    timeout: duration('Until the answer to a check is there (2s, or the interval if that is shorter).', {
      min: 10,
      max: hour,
    }).optional(),
    unhealthy_after: count('After how many failures in a row a target gets nothing more.', {
      min: 1,
      max: 100,
    }).prefault(2),
    healthy_after: count('After how many successes in a row it is in turn again.', { min: 1, max: 100 }).prefault(2),
  })
  .meta({
    description: 'Each node asks every target how it is; requests and tunnels go to healthy ones alone.',
    examples: [{ path: '/healthz', interval: '5s' }],
  });

export type HealthFile = z.output<typeof health>;
