import { z } from '@hono/zod-openapi';
import { parseCidr } from '../../core/cidr.ts';
import { isWritableInstant } from '../../lib/instants.ts';
import { isPrintable } from '../../lib/printable.ts';

/** Text that people read, in any script, on one line, without spaces at its ends. */
export function displayText(lengthMax: number) {
  return z
    .string()
    .min(1)
    .max(lengthMax)
    .refine(isPrintable, 'must hold no control, direction or unpaired surrogate characters')
    .refine((text) => text === text.trim(), 'must not begin or end with a space');
}

const plainName = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const plainNameRule = 'must be 1 to 63 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit';

/** A name that machines compare: ASCII alone, so that no two of them look the same. */
export const username = z.string().regex(plainName, plainNameRule);

/** A slug stands where an id may stand, so it must not look like one. */
export const slug = z
  .string()
  .regex(plainName, plainNameRule)
  .refine((text) => !text.startsWith('org_'), 'must not begin with "org_", as ids do');

export const email = z.email('must be an e-mail address').max(254);

/** An id of ours as clients send it back; whether it exists is the store's to say. */
export const id = z.string().regex(/^[a-z]{3}_[0-9A-Za-z_-]{1,60}$/, 'is not an id such as tok_01jd3k');

/** An id or a slug of an organisation. */
export const organizationReference = z
  .string()
  .regex(/^[a-z0-9][A-Za-z0-9._-]{0,63}$/, "must be an organisation's id or slug");

/** A block of IP addresses, in canonical form. */
export const addressBlock = z
  .string()
  .max(64)
  .transform((text, { issues }) => {
    const outcome = parseCidr(text);
    if (outcome.kind === 'cidr') return outcome.text;
    issues.push({ code: 'custom', input: text, message: outcome.detail });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '203.0.113.0/24' });

/** A date-time with seconds and an offset (RFC 3339). */
export const instant = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'must be a date and time of RFC 3339, such as 2030-01-31T12:00:00Z',
  })
  .refine((text) => isWritableInstant(Date.parse(text)), 'must lie in the years 0001 to 9999 of UTC');
