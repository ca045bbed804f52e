import { describe, expect, test } from 'vitest';
import { problems, small, valid } from './parse.ts';

function title(scalar: string, variables: Readonly<Record<string, string>> = {}): string | undefined {
  return valid(named(scalar), variables).projects[0]?.name;
}

/** The scalar stands at 6:11. */
function named(scalar: string): string {
  return small().replace(
    /projects: .*/,
    () => `projects:\n  analytics:\n    roles: { viewer: ['device:read'] }\n    name: ${scalar}`,
  );
}

describe('in a scalar', () => {
  test.each([
    ['${TITLE}', { TITLE: 'Numbers' }, 'Numbers'],
    ['The ${TITLE} of ${PLACE}', { TITLE: 'Numbers', PLACE: 'Ulm' }, 'The Numbers of Ulm'],
    ['${TITLE:-none}', {}, 'none'],
    ['${TITLE:-none}', { TITLE: '' }, 'none'],
    ['${TITLE:-}', {}, ''],
    ['${TITLE:-a:b-?c}', {}, 'a:b-?c'],
    ['${TITLE:?tell me}', { TITLE: 'Numbers' }, 'Numbers'],
    ['"${TITLE}"', { TITLE: 'Numbers' }, 'Numbers'],
    ["'${TITLE}'", { TITLE: 'Numbers' }, 'Numbers'],
    ['$TITLE $ {TITLE} $$', { TITLE: 'Numbers' }, '$TITLE $ {TITLE} $$'],
    ['$${TITLE}', { TITLE: 'Numbers' }, '${TITLE}'],
  ])('%s is filled in from the environment', (scalar, variables, expected) => {
    expect(title(scalar, variables)).toBe(expected);
  });

  test('what is put in is text: it opens no section, ends no scalar and is not looked at again', () => {
    const hostile = 'x\nroutes: []\n\'"}]: ${SECRET} # &a *b !!str';
    expect(problems(named('${HOSTILE}'), { HOSTILE: hostile })).toEqual(['6:11 invalid-value projects.analytics.name']);
    expect(title('${A}', { A: '${B}', B: 'no' })).toBe('${B}');
    expect(title('"${A}"', { A: 'a: b # c' })).toBe('a: b # c');
  });

  test.each([
    ['${N}', { N: '500' }],
    ['${N}00', { N: '5' }],
    ['${N:-500}', {}],
  ])('without quotes it may be a number: %s', (scalar, variables) => {
    expect(valid(`${small()}cache:\n  entries: ${scalar}\n`, variables).cache.entries).toBe(500);
  });

  test('with quotes it stays text', () => {
    expect(problems(`${small()}cache: { entries: '\${N}' }\n`, { N: '500' })).toEqual([
      '10:19 wrong-type cache.entries',
    ]);
    expect(title('"${N}"', { N: '500' })).toBe('500');
  });

  test('a flag may come from the environment', () => {
    expect(valid(small('    forward_token: ${F}\n'), { F: 'true' }).routes[0]?.forwardToken).toBe(true);
  });
});

describe('what is missing or misspelt is an error at its place', () => {
  test.each([
    ['${TITLE}', {}, 'env-unset'],
    ['${TITLE:?tell me}', {}, 'env-unset'],
    ['${TITLE:?tell me}', { TITLE: '' }, 'env-unset'],
    ['${TITLE:?}', {}, 'env-unset'],
    ['${TITLE', {}, 'env-syntax'],
    ['${}', {}, 'env-syntax'],
    ['${1A}', { '1A': 'x' }, 'env-syntax'],
    ['${TITLE-x}', {}, 'env-syntax'],
    ['${TITLE:=x}', {}, 'env-syntax'],
    ['${TITLE:-${OTHER}}', { OTHER: 'x' }, 'env-syntax'],
    ['${constructor}', {}, 'env-unset'],
  ])('%s', (scalar, variables, code) => {
    expect(problems(named(scalar), variables)).toEqual([`6:11 ${code} projects.analytics.name`]);
  });

  test('keys are not filled in', () => {
    const text = small().replace('scopes: { device:read', 'scopes: { device:read: Read, "${S}"');
    expect(problems(text, { S: 'device:write' })).toEqual(['2:30 invalid-scope scopes["${S}"]']);
  });

  test('comments are left alone', () => {
    expect(valid(`${small()}# \${NOWHERE}\n`).routes).toHaveLength(1);
  });

  test('a faulty value causes no other problem', () => {
    expect(problems(small().replace('upstream: inventory', 'upstream: ${WHERE}'))).toEqual([
      '8:15 env-unset routes[0].upstream',
    ]);
    expect(problems(small().replace('scopes: device:read\n', 'scopes: ${WHICH}\n'))).toEqual([
      '9:13 env-unset routes[0].scopes',
    ]);
  });
});
