import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/core/redis-url.ts';
import { count } from '../support/counts.ts';

const open = { tls: false, username: undefined, password: undefined };
const local = { host: 'localhost', port: 6379 };

describe('the URL of a Redis', () => {
  it.each([
    ['redis://localhost', { ...open, kind: 'single', node: local, db: 0 }],
    ['redis://localhost:7000/3', { ...open, kind: 'single', node: { host: 'localhost', port: 7000 }, db: 3 }],
    ['rediss://[::1]:6380/', { ...open, tls: true, kind: 'single', node: { host: '::1', port: 6380 }, db: 0 }],
    ['redis://:p%40ss@localhost', { ...open, password: 'p@ss', kind: 'single', node: local, db: 0 }],
    [
      'redis://me:a:b%2Fc@localhost',
      { tls: false, username: 'me', password: 'a:b/c', kind: 'single', node: local, db: 0 },
    ],
    [
      'redis+cluster://one:7001,two',
      {
        ...open,
        kind: 'cluster',
        nodes: [
          { host: 'one', port: 7001 },
          { host: 'two', port: 6379 },
        ],
      },
    ],
    [
      'rediss+sentinel://:pw@one,two:26380/main/2?sentinel_password=s%26t',
      {
        tls: true,
        username: undefined,
        password: 'pw',
        kind: 'sentinel',
        sentinels: [
          { host: 'one', port: 26379 },
          { host: 'two', port: 26380 },
        ],
        master: 'main',
        db: 2,
        sentinelUsername: undefined,
        sentinelPassword: 's&t',
      },
    ],
  ])('%s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual({ kind: 'ok', address });
  });

  it.each([
    ['localhost:6379', 'it is not written as redis://'],
    ['http://localhost:6379', 'it is not written as redis://'],
    ['redis+unix:///tmp/redis', 'it is not written as redis://'],
    ['redis://localhost#0', 'it is not written as redis://'],
    ['redis://', 'it has no host'],
    ['redis://lo cal', 'it is not written as redis://'],
    ['redis://one,two', 'it names several hosts'],
    ['redis://localhost:0', 'it has a port that is not one of 1 to 65535'],
    ['redis://localhost:99999', 'it has a port that is not one of 1 to 65535'],
    ['redis://localhost/main', 'is not the number of a database'],
    ['redis://localhost?db=1', 'nothing may stand after a ?'],
    ['redis://secret@localhost', 'what stands before the @'],
    ['redis://me:@localhost', 'what stands before the @'],
    ['redis://:%zz@localhost', 'what stands before the @'],
    ['redis+cluster://one/1', 'a cluster has the database 0 alone'],
    ['redis+sentinel://one', "the master's name is missing"],
    ['redis+sentinel://one/main/x', "what follows the master's name"],
    ['redis+sentinel://one/main/0/1', "what follows the master's name"],
    ['redis+sentinel://one/main?password=x', 'only sentinel_username and sentinel_password'],
  ])('%s is refused: %s', (url, reason) => {
    const outcome = parseRedisUrl(url);
    expect(outcome.kind === 'invalid' ? outcome.reason : outcome).toContain(reason);
  });

  it('is read or refused whatever it is, and a refusal quotes no password', () => {
    const pieces = [
      'redis',
      's',
      '+sentinel',
      '+cluster',
      '://',
      'hunter2',
      ':',
      '@',
      ',',
      '/',
      '?',
      '#',
      '%',
      '[',
      '1',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
        const outcome = parseRedisUrl(parts.join(''));
        if (outcome.kind === 'invalid') expect(outcome.reason).not.toContain('hunter2');
      }),
      { numRuns: count(500, 10_000) },
    );
  });
});
