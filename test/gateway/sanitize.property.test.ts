import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityPresets } from '../../src/core/identity.ts';
import { foldHeaderName } from '../../src/core/reserved-headers.ts';
import { Sanitizer, type SanitizeOutcome } from '../../src/gateway/sanitize.ts';
import { count } from '../support/counts.ts';

const sanitizer = new Sanitizer({ headerFields: 100, targetBytes: 8192 }, ['X-Custom-User']);

/** Written out here, not taken from the source: what the contract says no client may send. */
const reserved = [
  ...Object.values(identityPresets).flatMap((headers) => headers.map(([name]) => name)),
  'X-Auth-Assertion',
  'X-Auth-Assume-Id',
  'X-Auth-Anything-New',
  'X-Wayleave-Error',
  'X-Wayleave-Anything',
  'Assume-User',
  'Assume-Reason',
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Real-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Custom-User',
];

/** A name in another case and with `_` or `.` for `-`. */
const respelled = fc
  .tuple(fc.constantFrom(...reserved), fc.array(fc.nat({ max: 5 }), { minLength: 8, maxLength: 40 }))
  .map(([name, choices]) =>
    [...name]
      .map((character, at) => {
        const choice = choices[at % choices.length] ?? 0;
        if (character === '-') return '-_.'[choice % 3] ?? '-';
        return choice % 2 === 0 ? character.toLowerCase() : character.toUpperCase();
      })
      .join(''),
  );

const honest = fc.constantFrom(
  'Accept',
  'User-Agent',
  'X-Role',
  'Content-Type',
  'X-Authority',
  'Xauth-User',
  'If-Match',
);
const field = fc.tuple(fc.oneof(respelled, honest), fc.constantFrom('root', '', 'a, b', '127.0.0.1'));

function sanitize(fields: readonly (readonly [string, string])[], connection: readonly string[]): SanitizeOutcome {
  const named = connection.length === 0 ? [] : [['Connection', connection.join(', ')] as const];
  const rawHeaders = [['Host', 'h'] as const, ...fields, ...named].flat();
  return sanitizer.sanitize({ method: 'GET', target: '/a', httpVersion: '1.1', rawHeaders });
}

/** Two wishes to be another user could be read in two ways, so the request is refused whole. */
function asksTwice(fields: readonly (readonly [string, string])[]): boolean {
  const names = fields.map(([name]) => name.toLowerCase());
  return ['assume-user', 'assume-reason'].some((wish) => names.indexOf(wish) !== names.lastIndexOf(wish));
}

describe('what the upstream gets of the client', () => {
  it('holds no reserved header, in any spelling, doubled or named in Connection', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), fc.array(fc.oneof(respelled, honest)), (fields, connection) => {
        const outcome = sanitize(fields, connection);
        expect(outcome.kind).toBe(asksTwice(fields) ? 'refused' : 'clean');
        if (outcome.kind === 'refused') return;
        const folded = outcome.request.headers.filter((_, at) => at % 2 === 0).map(foldHeaderName);
        const forbidden = new Set(reserved.map(foldHeaderName));
        expect(folded.filter((name) => forbidden.has(name) || /^x-(?:auth|wayleave)-/.test(name))).toEqual([]);
        const gone = new Set(connection.map((name) => name.toLowerCase()));
        expect(folded.filter((name) => gone.has(name))).toEqual([]);
      }),
      { numRuns: count(1000, 10_000) },
    );
  });

  it('keeps every honest header in its order and spelling', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(honest, fc.string()), { maxLength: 20 }), (fields) => {
        const outcome = sanitize(fields, []);
        expect(outcome).toMatchObject({ kind: 'clean', request: { headers: fields.flat() } });
      }),
    );
  });
});
