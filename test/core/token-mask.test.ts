import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskTokens } from '../../src/core/token-mask.ts';

const pieces = fc.oneof(
  fc.constantFrom(
    'wl_pat_',
    '_ses_',
    '%5Fasu%5f',
    '_',
    '%',
    '%5F',
    '/',
    '-',
    '\u00e9',
    'pat',
    'x'.repeat(45),
    'x'.repeat(46),
  ),
  fc.stringMatching(/^[0-9a-f]{1,50}$/),
  fc.stringMatching(/^[0-9A-Za-z]{1,50}$/),
);

test('a text that is looked at in passing is masked as one that is searched in full', () => {
  const token = /([A-Za-z][A-Za-z0-9]{0,15})(?:_|%5[Ff])(pat|asu|ses|acc|enr)(?:_|%5[Ff])[0-9A-Za-z]+/g;
  const secret = /[0-9A-Za-z]{46,}/g;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const masked = text
        .replace(token, '$1_$2_***')
        .replace(secret, (run) => (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(run) ? run : '***'));
      expect(maskTokens(text)).toBe(masked);
    }),
    { numRuns: 1000 },
  );
});
