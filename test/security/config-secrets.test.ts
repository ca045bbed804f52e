import { describe, expect, it } from 'vitest';
import { ReloadableConfiguration } from '../../src/assembly/configuration.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ReadConfig } from '../../src/config/load-apart.ts';
import { writtenValues } from '../../src/config/written-values.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { GatewayMetrics } from '../../src/observability/metrics.ts';
import { lineCollector } from '../observability/lines.ts';

const rest = `upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes:
  - name: r
    match: { path: / }
    upstream: u
    public: true
`;

function read(lines: string): ReadConfig {
  return parseConfig(`version: 1\n${lines}`, 'gateway.yaml', readEnvironment({ PART: 'postgres://', PW: 'x' }));
}

function shown(lines: string): string {
  const outcome = read(lines);
  if (outcome.kind === 'invalid') throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  const { text } = outcome.shown;
  expect(text.split('\n')).toHaveLength(`version: 1\n${lines}`.split('\n').length);
  expect(writtenValues(text, 'gateway.yaml'), 'it can be compared by diff').toBeDefined();
  return text;
}

describe('the configuration in force is shown without a password', () => {
  it.each([
    ['with a quote', `postgres: "postgres://u:it'hunter2@h/db"`],
    ['with an @', 'postgres: postgres://u:p@hunter2@h/db'],
    ['with a slash', 'postgres: postgres://u:a/hunter2@h/db'],
    ['with an escaped quote', String.raw`postgres: "postgres://u:a\"hunter2@h/db"`],
    ['behind escapes', String.raw`postgres: "postgres://u\x3ahunter2\x40h/db"`],
    ['in a default', 'postgres: "postgres://u:${NOT_SET:-hunter2}@h/db"'],
    ['as user and password in a default', 'postgres: "postgres://${NOT_SET:-u:hunter2}@h/db"'],
    ['behind a part from the environment', 'postgres: ${PART}u:hunter2@h/db'],
    ['beside a part from the environment', 'redis: redis://u:${PW}hunter2@h/0'],
    ['over lines', 'postgres: >-\n    postgres://u:hunter2@h/db'],
    ['in a parameter, with a quote', "postgres: postgres://h/db?user=u&password=it'shunter2"],
    ['in a parameter, as a default', 'postgres: postgres://h/db?user=u&password=${NOT_SET:-hunter2}'],
    ['in a parameter whose name is escaped', 'postgres: postgres://h/db?user=u&pass%77ord=hunter2'],
    ['in a parameter of another name', 'postgres: postgres://h/db?user=u&pwd=hunter2'],
  ])('%s', (_, line) => {
    expect(shown(`store:\n  ${line}\n${rest}`)).not.toContain('hunter2');
  });

  it.each([
    ['in a header of another name', 'X-Pass: hunter2'],
    ['in a header that says what it is', 'X-Upstream: Basic hunter2'],
    ['in a URL in a header', `X-Where: "http://u:it'hunter2@h/"`],
    ['in a header whose value is repeated elsewhere', 'X-Plain: &p hunter2, X-Api-Key: *p'],
  ])('%s', (_, header) => {
    expect(shown(`${rest}    headers: { request: { set: { ${header} } } }\n`)).not.toContain('hunter2');
  });

  it.each([`redis://u:a'b@hunter2@h`, 'password = hunter2', 'X-Api-Key: hunter2'])('in a comment: %s', (comment) => {
    expect(shown(`${rest}# ${comment}\n`)).not.toContain('hunter2');
  });

  it('and all else stays as it is written', () => {
    const lines = 'store: { postgres: "postgres://app:${PW}@h/db?sslmode=require", redis: "${NOT_SET:-}" } # as ever\n';
    expect(shown(lines + rest)).toBe(`version: 1\n${lines}${rest}`);
  });
});

describe('a gateway.yaml that is not taken', () => {
  const wrong = [
    ['a URL in a wrong place', `store: postgres://u:hunter2@h/db\n${rest}`, 'wrong-type at store'],
    ['a header in a wrong place', `${rest}    headers: { request: { set: hunter2 } }\n`, 'wrong-type at routes'],
  ] as const;

  it.each(wrong)('says nothing of it to anybody who asks /readyz: %s', async (_, lines, kind) => {
    const good = read(rest);
    if (good.kind === 'invalid') throw new Error('the file of this test is wrong');
    const configuration = new ReloadableConfiguration({
      started: good,
      read: () => Promise.resolve(read(lines)),
      swap: () => undefined,
      nodeName: 'host/1',
      clock: systemClock,
      logger: createLogger({ destination: lineCollector(), level: 'debug' }),
      metrics: new GatewayMetrics('1.2.3').config,
    });
    const outcome = await configuration.reload({ cause: 'signal', record: () => Promise.resolve() });
    expect(outcome.kind).toBe('invalid');
    const { ok, detail } = configuration.note.report();
    expect(ok).toBe(false);
    expect(detail).toContain(kind);
    expect(detail).not.toContain('hunter2');
  });

  it.each([
    ['as a value of another type', `cache: hunter2\n${rest}`, 2],
    ['as a value that is not known', rest.replace('public: true', 'authenticated: true\n    assumed: hunter2'), 8],
    ['as a key', `hunter2: x\n${rest}`, 2],
    ['as a key that needs quotes', `cache: { "hunter2 !": x }\n${rest}`, 2],
    ['as a name with a fault below it', `projects: { hunter2: { name: 5, roles: {} } }\n${rest}`, 2],
    ['as a name in a list', rest.replace('public: true', 'scopes: [hunter2]'), 7],
    ['as an upstream', rest.replace('upstream: u', 'upstream: hunter2'), 6],
    ['behind the sign of an alias', `cache: *hunter2\n${rest}`, 2],
    ['behind the sign of a tag', `cache: !hunter2 x\n${rest}`, 2],
    ['as the name of a variable', `store: { postgres: "\${hunter2}" }\n${rest}`, 2],
    ['as the message of a variable', `store: { postgres: "\${NOT_SET:?hunter2}" }\n${rest}`, 2],
    ['in a text that is no YAML', `cache: "hunter2\n${rest}`, 2],
  ])('is told to logs and over the network with its places alone: a secret %s', async (_, lines, line) => {
    const good = read(rest);
    if (good.kind === 'invalid') throw new Error('the file of this test is wrong');
    const log = lineCollector();
    const configuration = new ReloadableConfiguration({
      started: good,
      read: () => Promise.resolve(read(lines)),
      swap: () => undefined,
      nodeName: 'host/1',
      clock: systemClock,
      logger: createLogger({ destination: log, level: 'debug' }),
      metrics: new GatewayMetrics('1.2.3').config,
    });
    const outcome = await configuration.reload({ cause: 'signal', record: () => Promise.resolve() });
    if (outcome.kind !== 'invalid') throw new Error('the file is not refused');
    expect(outcome.problems[0]).toMatchObject({ line, message: expect.stringMatching(/^[a-z]/) as string });
    expect(log.text()).toContain('the problems of gateway.yaml');
    const told = [outcome, log.text(), configuration.note.report(), configuration.inForce().lastAttempt];
    expect(JSON.stringify(told)).not.toContain('hunter2');
  });

  it('says it without the password of a URL to those who may know more', () => {
    const outcome = read(wrong[0][1]);
    const said = outcome.kind === 'invalid' ? outcome.problems.map(({ message }) => message).join() : '';
    expect(said).toContain('is the text "postgres://u:(redacted)@h/db"');
  });
});
