import { describe, expect, it } from 'vitest';
import { isTold, readWebhookKey } from '../../src/core/webhook.ts';
import { signature } from '../../src/webhooks/signature.ts';

describe('a signature', () => {
  it('is the one of the example of Standard Webhooks', () => {
    const key = readWebhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, payload: '{"test": 2432232314}' };
    expect(signature(key ?? Buffer.alloc(0), message)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('a signing key', () => {
  it.each([
    ['24 bytes', `whsec_${Buffer.alloc(24, 1).toString('base64')}`, 24],
    ['64 bytes', `whsec_${Buffer.alloc(64, 1).toString('base64')}`, 64],
    ['without padding', `whsec_${Buffer.alloc(25, 1).toString('base64').replaceAll('=', '')}`, 25],
  ])('of %s is taken', (_, text, length) => {
    expect(readWebhookKey(text)).toHaveLength(length);
  });

  it.each([
    ['empty', ''],
    ['without its prefix', Buffer.alloc(24, 1).toString('base64')],
    ['too short', `whsec_${Buffer.alloc(23, 1).toString('base64')}`],
    ['too long', `whsec_${Buffer.alloc(65, 1).toString('base64')}`],
    ['not base64', 'whsec_this is a sentence and not a key at all'],
    ['base64 that ends in the middle of a byte', `whsec_${'A'.repeat(33)}`],
  ])('that is %s is not', (_, text) => {
    expect(readWebhookKey(text)).toBeUndefined();
  });
});

describe('a target', () => {
  const acme = { id: 'org_1', slug: 'acme' };

  it.each([
    ['every organisation', undefined, true],
    ['its slug', ['acme'], true],
    ['its id', ['other', 'org_1'], true],
    ['another', ['other'], false],
  ] as const)('that names %s is told of it or not', (_, organizations, told) => {
    expect(isTold({ events: ['token.expiring'], organizations }, 'token.expiring', acme)).toBe(told);
  });

  it('is told of nothing that it does not want', () => {
    expect(isTold({ events: [], organizations: undefined }, 'token.expiring', acme)).toBe(false);
  });
});
