import * as z from 'zod';
import { withoutEnd } from '../core/assume.ts';
import { parseDuration } from '../lib/units.ts';
import { quote } from './config-problem.ts';
import { duration, text } from './schema-values.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const lifetimeMax = 366 * day;

const lifetime = text(
  { title: 'a lifetime', examples: ['2h', withoutEnd], pattern: '^(\\d{1,9}(ms|s|m|h|d)|lifetime)$' },
  (value) => {
    if (value === withoutEnd) return undefined;
    const milliseconds = parseDuration(value);
    if (milliseconds === undefined) {
      const message = `${quote(value)} is not a lifetime; write 2h, 24h, 7d or ${withoutEnd}`;
      return { code: 'invalid-duration', message };
    }
    if (milliseconds >= minute && milliseconds <= lifetimeMax) return undefined;
    return { code: 'out-of-range', message: `${quote(value)} is out of range; write 1m to 366d, or ${withoutEnd}` };
  },
);

/** `assume:`, the bounds on assuming another user. */
export const assume = z
  .strictObject({
    lifetimes: z.array(lifetime).min(1).prefault(['2h', '8h', '12h', '24h', withoutEnd]).meta({
      description:
        'How long assume-user tokens may be made for. `lifetime` stands for no end: take it out to forbid that.',
    }),
    session_max: duration('How long a session lasts at most in which another user is assumed.', {
      min: minute,
      max: 30 * day,
      because: 'a session is somebody else in your place',
    }).prefault('12h'),
    require_reason: z
      .boolean()
      .prefault(true)
      .meta({ description: 'Whoever assumes a user says why; it is kept in the audit log.' }),
  })
  .meta({
    description: 'How one person may be another user for a while, with the leave of the organisation of that one.',
  });
