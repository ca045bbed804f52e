import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintToken, tokenKinds } from '../../src/core/token.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { maskText } from '../../src/observability/mask.ts';
import { count } from '../support/counts.ts';
import { lineCollector } from './lines.ts';

describe('createLogger', () => {
  it('masks token text wherever it stands: message, field, header, error, path', () => {
    const output = lineCollector();
    const logger = createLogger({ destination: output });
    const token = mintToken('wl', 'pat');
    logger.info({ path: `/x/${token}?t=${token}`, nested: { deep: [`a ${token} b`] } }, `sent ${token}`);
    logger.error({ err: new Error(`bad ${token}`, { cause: new Error(token) }) }, 'failed');
    logger.info({ headers: { authorization: 'Basic c2VjcmV0', 'set-cookie': 'a=secret', accept: 'x' } }, 'headers');
    expect(output.text()).not.toContain(token);
    expect(output.text()).not.toContain(token.slice(7, 30));
    expect(output.text()).not.toMatch(/c2VjcmV0|a=secret/);
    expect(output.lines()[0]).toMatchObject({ path: '/x/wl_pat_***?t=wl_pat_***', msg: 'sent wl_pat_***' });
    expect(output.lines()[2]).toMatchObject({ headers: { authorization: '[Redacted]', accept: 'x' } });
  });

  it('keeps every entry on one line and writes as escapes what a terminal would obey', () => {
    const output = lineCollector();
    const text = 'a\r\n{"level":60}\u001B[31m\u009B2J\u2028\u202Eb\0';
    createLogger({ destination: output }).info({ text }, 'hostile');
    expect(output.text().split('\n')).toHaveLength(2);
    expect(output.text()).toMatch(/^[ -~]*\n$/);
    expect(output.lines()[0]).toMatchObject({ level: 30, text });
  });

  it('writes the revision in force into every line', () => {
    const output = lineCollector();
    let revision = 'aaa';
    const logger = createLogger({ destination: output, revision: () => revision });
    logger.info('one');
    revision = 'bbb';
    logger.info('two');
    expect(output.lines().map((line) => line['revision'])).toEqual(['aaa', 'bbb']);
  });
});

describe('maskText', () => {
  it('leaves no token of any kind and prefix readable in any surroundings', () => {
    const prefix = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);
    fc.assert(
      fc.property(prefix, fc.constantFrom(...tokenKinds), fc.string(), fc.string(), (name, kind, before, after) => {
        const token = mintToken(name, kind);
        const secret = token.slice(name.length + 5);
        expect(maskText(before + token + after)).not.toContain(secret);
        expect(maskText(before + token.replaceAll('_', '%5F') + after)).not.toContain(secret);
      }),
      { numRuns: count(300, 10_000) },
    );
  });

  it('leaves ordinary text and public ids as they are', () => {
    const text = 'tok_01jd3k4m5n6p7q8r9s0t1v2w3x usr_1 GET /api/devices?x=1 Größe';
    expect(maskText(text)).toBe(text);
  });
});
