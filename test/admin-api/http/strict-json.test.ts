import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPointer, parseStrictJson } from '../../../src/admin-api/http/strict-json.ts';
import { count } from '../../support/counts.ts';

describe('parseStrictJson', () => {
  it('reads whatever JSON.parse reads, unless a key is given twice or is __proto__', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const read = parseStrictJson(text);
        if (text.includes('__proto__')) return;
        expect(read).toEqual({ kind: 'value', value: JSON.parse(text) as unknown });
      }),
      { numRuns: count(500, 10_000) },
    );
  });

  it.each([
    ['a key given twice', '{"name":"a","name":"b"}', '/name', 'is given twice'],
    ['a key given twice in other spellings', String.raw`{"name":"a","n\u0061me":"b"}`, '/name', 'is given twice'],
    ['a key given twice deep inside', '{"a":[{"b":1},{"c":1,"c":2}]}', '/a/1/c', 'is given twice'],
    ['__proto__', '{"__proto__":{"admin":true}}', '/__proto__', 'is not a field of this call'],
    ['__proto__ spelt otherwise', String.raw`{"\u005f_proto__":1}`, '/__proto__', 'is not a field of this call'],
    ['a key with a slash given twice', '{"a/b":1,"a/b":2}', '/a~1b', 'is given twice'],
    ['cut-off JSON', '{', '', 'is not JSON'],
    ['a form', 'name=ci', '', 'is not JSON'],
    ['two documents', '{}{}', '', 'is not JSON'],
    ['a byte order mark', '\uFEFF{}', '', 'is not JSON'],
    ['deep nesting', '['.repeat(17) + ']'.repeat(17), '', 'is nested deeper than 16 levels'],
  ])('refuses %s', (_what, text, pointer, detail) => {
    expect(parseStrictJson(text)).toEqual({ kind: 'wrong', pointer, detail });
  });

  it('takes one key in several objects, and a value that looks like a key', () => {
    const text = '[{"a":"a","b":"a"},{"a":{"a":"\\"a\\":"}}]';
    expect(parseStrictJson(text)).toEqual({ kind: 'value', value: JSON.parse(text) as unknown });
  });
});

describe('jsonPointer', () => {
  it('escapes as RFC 6901 says', () => {
    expect(jsonPointer(['scopes', 0, 'a/b~c'])).toBe('/scopes/0/a~1b~0c');
  });
});
