import * as z from 'zod';
import { anyOrigin, parseListedOrigin } from '../core/browser-origin.ts';
import { quote } from './config-problem.ts';
import { faultIssue } from './schema-values.ts';

const origin = z
  .string()
  .meta({
    title: 'an origin',
    examples: ['https://app.example.com', 'https://*.example.com', '*'],
    pattern: '^(\\*|https?://[^/?#@]+)$',
  })
  .transform((value, { issues }) => {
    const outcome = parseListedOrigin(value);
    if (outcome.kind === 'origin') return outcome.origin;
    issues.push(
      faultIssue(value, { code: 'invalid-origin', message: `${quote(value)} is no origin: ${outcome.detail}` }),
    );
    return z.NEVER;
  });

const origins = z
  .array(origin)
  .min(1)
  .check(({ value, issues }) => {
    const at = value.indexOf(anyOrigin);
    if (at === -1 || value.length === 1) return;
    const message = '"*" is every origin, so the others say nothing; keep "*" or name origins';
    issues.push(faultIssue(value, { code: 'conflicting-keys', message }, [at]));
  })
  .meta({
    description:
      'Origins of these pages: exact, `https://*.` and a name for every name below it, or "*" alone for all.',
  });

/** `expose_to_browser:` of a route. */
export const exposeToBrowser = z.strictObject({ origins }).meta({
  description:
    'Pages of these origins may call the route and read its answers: the gateway answers CORS, pre-flights without a token, and says so in every answer in place of the upstream. An upgrade from a page of another origin is refused.',
  examples: [{ origins: ['https://app.example.com'] }],
});
