import { describe, expect, it } from 'vitest';
import { isListedOrigin, parseListedOrigin } from '../../src/core/browser-origin.ts';

describe('an origin of gateway.yaml', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['HTTPS://App.Example.com:443', 'https://app.example.com'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['https://*.Example.com:8443', 'https://*.example.com:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['*', '*'],
  ])('%s is read as browsers send it: %s', (text, origin) => {
    expect(parseListedOrigin(text)).toEqual({ kind: 'origin', origin });
  });

  it.each([
    'null',
    '',
    'app.example.com',
    '//app.example.com',
    'https://app.example.com/',
    'https://app.example.com/x',
    'https://app.example.com?x',
    'https://user@app.example.com',
    'https://app.example.com:0',
    'https://app.example.com:99999',
    'https://app.example.com.',
    'https://*',
    'https://*.',
    'https://app.*.com',
    'https://**.example.com',
    'https://*example.com',
    'https://*.[::1]',
    'ftp://app.example.com',
    'javascript:alert(1)',
    'https://app.example.com, https://b.example.com',
    'https://app.example.com\r\nx: y',
  ])('%j is none', (text) => expect(parseListedOrigin(text).kind).toBe('wrong'));
});

describe('a listed origin', () => {
  const listed = ['https://app.example.com', 'https://*.example.org', 'http://*.test:8080'];
  it.each(['https://app.example.com', 'https://a.example.org', 'https://a.b-c.example.org', 'http://x.test:8080'])(
    'lets pages of %s in',
    (origin) => expect(isListedOrigin(listed, origin)).toBe(true),
  );

  it.each([
    'null',
    '',
    'https://evilapp.example.com',
    'https://app.example.com.evil.com',
    'https://app.example.com:8443',
    'https://app.example.com:443',
    'https://APP.example.com',
    'http://app.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://app.example.com',
    'https://example.org',
    'https://.example.org',
    'https://evilexample.org',
    'https://a..example.org',
    'https://user@a.example.org',
    'https://evil.com/.example.org',
    'https://evil.com?.example.org',
    'https://evil.com#.example.org',
    'https://evil.com:1.example.org',
    'https://evil.com\\.example.org',
    'https://a.example.org.evil.com',
    'http://x.test',
    'http://x.test:80801',
  ])('lets no page of %j in', (origin) => expect(isListedOrigin(listed, origin)).toBe(false));

  it('that is "*" lets every page in', () => {
    for (const origin of ['https://any.example', 'null']) expect(isListedOrigin(['*'], origin)).toBe(true);
  });
});
