import { describe, expect, it } from 'vitest';
import { canonicalPath } from '../../src/core/request-path.ts';

function pathOf(target: string): string | undefined {
  const outcome = canonicalPath(target);
  return outcome.kind === 'canonical' ? outcome.path.path : undefined;
}

function refusalOf(target: string): string | undefined {
  const outcome = canonicalPath(target);
  return outcome.kind === 'refused' ? outcome.refusal.code : undefined;
}

describe('a path with two readings is refused', () => {
  const tricks: Record<string, string[]> = {
    'literal dot segments': ['/a/../b', '/./a', '/a/.', '/a/..'],
    'encoded dot segments': ['/a/%2e%2e/b', '/a/%2E%2e/b', '/a/.%2e/b', '/%2e/a'],
    'empty segments': ['//a', '/a//b', '/a//', '//'],
    backslashes: ['/a\\..\\b', '/a/%5cb', '/a/%5C..%5Cb'],
    'encoded dot segments behind an encoded slash': ['/a/..%2fb', '/a%2f..%2fb', '/a/%2e%2e%2fb'],
    'dot segments behind a parameter': ['/a/..;/b', '/a/..;x=1/b', '/a/..%3B/b', '/a/;x=1/b', '/;/a'],
    'NUL and other controls': ['/a%00', '/a%0a/b', '/a%0d', '/a%7f', '/a%C2%85', '/a/.%00./b'],
    fragments: ['/a#b', '/a?b#c', '/#'],
    'bad percent escapes': ['/%', '/%z', '/%zz', '/a%2', '/%u002e%u002e/a'],
    'bytes that are not UTF-8': ['/%ff', '/%c0%af', '/a/..%c0%afb', '/%e0%80%af', '/\u00e9'],
    'a second decoding': ['/%252e%252e/a', '/%252e/a', '/a%252fb', '/a%255cb', '/a%253bb', '/a%2500'],
    'compatibility forms': [
      '/%ef%bc%8e%ef%bc%8e/a',
      '/a%ef%bc%8fb',
      '/a%ef%bc%bcb',
      '/a%ef%bc%9bb',
      '/%e2%80%a5/a',
      '/a%e2%84%80b',
    ],
    'characters that must be escaped': ['/a b', '/a"b', '/a<b', '/a|b', '/a^b', '/a`b', '/a{b}', '/a[b]'],
  };
  for (const [trick, targets] of Object.entries(tricks)) {
    it.each(targets)(`${trick}: %j`, (target) => {
      expect(refusalOf(target)).toBe('path_ambiguous');
    });
  }
});

describe('a target that is no path is refused', () => {
  it.each(['*', 'http://h/a', 'https://h', 'h:443', 'file:///etc/passwd', 'http://u:p@h/a', '', 'a'])(
    '%j',
    (target) => {
      expect(refusalOf(target)).toBe('invalid_request');
    },
  );

  it('absolute-form does not hide an ambiguous path', () => {
    expect(refusalOf('http://h/a/../b')).toBe('path_ambiguous');
  });
});

describe('what has one reading passes', () => {
  it.each([
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/%61dmin', '/admin'],
    ['/caf%C3%A9/%5Bid%5D', '/caf%C3%A9/%5Bid%5D'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ["/a+b~c!$&'()*,=:@", "/a+b~c!$&'()*,=:@"],
    ['/a..b/.well-known/...', '/a..b/.well-known/...'],
    ['/100%25', '/100%25'],
    ['/a%20b', '/a%20b'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2fb', '/a%2Fb'],
    ['/%7Euser', '/~user'],
  ])('%s becomes %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });

  it('the query goes through byte for byte', () => {
    const outcome = canonicalPath('/a?q=%2e%2e%2f%00%0d%0a&b=//\\;?');
    expect(outcome).toMatchObject({ kind: 'canonical', path: { path: '/a', query: '?q=%2e%2e%2f%00%0d%0a&b=//\\;?' } });
  });

  it('a literal of a route is compared with what an upstream decodes, without parameters', () => {
    expect(canonicalPath('/items%3Aexport;v=1/caf%C3%A9')).toMatchObject({
      path: { keys: ['items:export', 'café'], hasSemicolon: true, hasEncodedSlash: false },
    });
  });
});
