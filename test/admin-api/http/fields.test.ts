import { describe, expect, it } from 'vitest';
import {
  displayText,
  email,
  id,
  instant,
  organizationReference,
  slug,
  username,
} from '../../../src/admin-api/http/fields.ts';

const taken = (schema: { safeParse(input: unknown): { success: boolean } }, input: unknown): boolean =>
  schema.safeParse(input).success;

describe('displayText', () => {
  it.each(['ci', 'Größe', '名前', '<img src=x onerror=alert(1)>', "O'Brien; drop table tokens", 'a'.repeat(100), '👩‍🚀'])(
    'takes %j as it is',
    (text) => {
      expect(displayText(100).parse(text)).toBe(text);
    },
  );

  it.each([
    ['nothing', ''],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['a control of C1', 'a\u0085b'],
    ['a direction override', '\u202Etxt.exe'],
    ['a direction isolate', 'a\u2066b'],
    ['a direction mark', 'a\u200Fb'],
    ['a line separator', 'a\u2028b'],
    ['a lone surrogate', 'a\uD800'],
    ['a lone low surrogate', '\uDC00a'],
    ['a space at the end', 'ci '],
    ['a no-break space at the beginning', '\u00A0ci'],
    ['too much', 'a'.repeat(101)],
    ['a number', 5],
  ])('refuses %s', (_what, text) => {
    expect(taken(displayText(100), text)).toBe(false);
  });
});

describe('names that machines compare', () => {
  it.each(['ada', 'svc-billing', '0a.b_c', 'a'.repeat(63)])('takes %s', (name) => {
    expect(taken(username, name)).toBe(true);
    expect(taken(slug, name)).toBe(true);
  });

  it.each(['', 'Ada', '-a', '.a', 'a b', 'a/b', 'a@b', 'a:b', 'ádа', '\u212Aelvin', 'a\n', 'a'.repeat(64)])(
    'refuses %j',
    (name) => {
      expect(taken(username, name)).toBe(false);
      expect(taken(slug, name)).toBe(false);
    },
  );

  it('keeps slugs apart from ids', () => {
    expect(taken(slug, 'org_01jd3k4m5n6p7q8r9s0t1v2w3x')).toBe(false);
    expect(taken(organizationReference, 'org_01jd3k4m5n6p7q8r9s0t1v2w3x')).toBe(true);
  });

  it.each(['tok_01jd3k4m5n6p7q8r9s0t1v2w3x', 'usr_x'])('takes the id %s', (text) => {
    expect(taken(id, text)).toBe(true);
  });

  it.each(['', '../users/usr_1', 'tok_1/..', 'tok_', 'token', "tok_1' or '1'='1", 'tok_1\0', `tok_${'a'.repeat(61)}`])(
    'refuses the id %j',
    (text) => {
      expect(taken(id, text)).toBe(false);
    },
  );
});

describe('email', () => {
  it.each(['ada@example.com', 'a.b+c@mail.example.org'])('takes %s', (text) => {
    expect(taken(email, text)).toBe(true);
  });

  it.each([
    'ada',
    'a@b@example.com',
    'ada@localhost',
    'ada @example.com',
    'ada@example.com\nx',
    `${'a'.repeat(250)}@b.de`,
  ])('refuses %j', (text) => {
    expect(taken(email, text)).toBe(false);
  });
});

describe('instant', () => {
  it.each(['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.123+02:00', '2028-02-29T00:00:00Z'])('takes %s', (text) => {
    expect(taken(instant, text)).toBe(true);
  });

  it.each([
    '2030-02-30T00:00:00Z',
    '2030-01-31',
    '2030-01-31T12:00:00',
    '9999999-01-01',
    '2030-01-31T25:00:00Z',
    'tomorrow',
    5,
    null,
  ])('refuses %j', (text) => {
    expect(taken(instant, text)).toBe(false);
  });
});
