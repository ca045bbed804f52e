import { describe, expect, it } from 'vitest';
import { isAdminHost, isSameOrigin } from '../../../src/admin-api/http/host.ts';
import { configFixture } from '../support/config.ts';

const config = configFixture();
const listeningOn = (host: string) => ({
  ...config,
  listen: { ...config.listen, admin: { ...config.listen.admin, host } },
});

describe('isAdminHost', () => {
  it.each([
    'localhost',
    'LOCALHOST:8081',
    '127.0.0.1:8081',
    '127.9.9.9',
    '[::1]:8081',
    'gateway.example.com',
    'gateway.example.com:8443',
  ])('takes %s', (host) => {
    expect(isAdminHost(host, config)).toBe(true);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'localhost.',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '10.0.0.1',
    '[::2]',
    '',
    'localhost:x',
    'localhost, evil.example',
    'user@localhost',
    '[::1',
    '2130706433',
    '0x7f.0.0.1',
  ])('refuses %j', (host) => {
    expect(isAdminHost(host, config)).toBe(false);
  });

  it('takes the address it listens on, and any address where it listens on all, but no foreign name', () => {
    expect(isAdminHost('10.1.2.3:8081', listeningOn('10.1.2.3'))).toBe(true);
    expect(isAdminHost('10.1.2.4:8081', listeningOn('10.1.2.3'))).toBe(false);
    expect(isAdminHost('10.1.2.4:8081', listeningOn('0.0.0.0'))).toBe(true);
    expect(isAdminHost('[fd00::1]:8081', listeningOn('::'))).toBe(true);
    expect(isAdminHost('rebound.evil.example:8081', listeningOn('0.0.0.0'))).toBe(false);
  });
});

describe('isSameOrigin', () => {
  it.each([
    ['http://localhost:8081', 'localhost:8081', true],
    ['http://localhost:8081', 'LocalHost:8081', true],
    ['https://gateway.example.com', 'gateway.example.com', true],
    ['http://localhost:8080', 'localhost:8081', false],
    ['http://evil.example', 'localhost:8081', false],
    ['null', 'localhost:8081', false],
    ['', 'localhost:8081', false],
  ])('says of %j at %j: %s', (origin, host, same) => {
    expect(isSameOrigin(origin, host)).toBe(same);
  });
});
