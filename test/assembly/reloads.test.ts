import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReloadRequest } from '../../src/admin-api/ports/configuration.ts';
import { ReloadableConfiguration } from '../../src/assembly/configuration.ts';
import { UnattendedReloads } from '../../src/assembly/unattended-reloads.ts';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import type { ReadConfig } from '../../src/config/load-apart.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { AuditEvent } from '../../src/core/audit.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { GatewayMetrics } from '../../src/observability/metrics.ts';
import { lineCollector } from '../observability/lines.ts';

function fileWith(route: string): Extract<ReadConfig, { readonly kind: 'ok' }> {
  const text = `version: 1
upstreams: { u: { targets: ["http://127.0.0.1:9000"] } }
routes: [ { name: ${route}, match: { path: / }, upstream: u, public: true } ]
`;
  const outcome = parseConfig(text, 'gateway.yaml', readEnvironment({}));
  if (outcome.kind === 'invalid') throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome;
}

const byApi: ReloadRequest = { cause: 'api', record: () => Promise.resolve() };

/** A configuration whose file says one thing after another. */
function openConfiguration(...files: ReadConfig[]) {
  const taken: GatewayConfig[] = [];
  const logger = createLogger({ destination: lineCollector(), level: 'debug' });
  const configuration = new ReloadableConfiguration({
    started: fileWith('started'),
    read: () => Promise.resolve(files.shift() ?? fileWith('last')),
    swap: (config) => taken.push(config),
    nodeName: 'host/1',
    clock: systemClock,
    logger,
    metrics: new GatewayMetrics('1.2.3').config,
  });
  const names = (): string[] => taken.map(({ routes }) => routes.map(({ name }) => name).join());
  return { configuration, logger, names };
}

afterEach(() => void vi.useRealTimers());

describe('a reload by a call', () => {
  it('that cannot be audited changes nothing, and the next one does', async () => {
    const { configuration, names } = openConfiguration(fileWith('one'), fileWith('two'));
    const record = (): Promise<void> => Promise.reject(new Error('no store'));
    await expect(configuration.reload({ ...byApi, record })).rejects.toThrow('no store');
    expect(names()).toEqual([]);
    expect(configuration.inForce().config.routes[0]?.name).toBe('started');
    expect(await configuration.reload(byApi)).toMatchObject({ kind: 'reloaded' });
    expect(names()).toEqual(['two']);
  });

  it('comes after the one before it, although that one is examined for long', async () => {
    const { configuration, names } = openConfiguration(fileWith('one'), fileWith('two'));
    let approve = (): void => undefined;
    const examined = new Promise<undefined>((resolve) => (approve = () => resolve(undefined)));
    const first = configuration.reload({ ...byApi, examine: () => examined });
    const second = configuration.reload(byApi);
    expect(names()).toEqual([]);
    approve();
    await Promise.all([first, second]);
    expect(names()).toEqual(['one', 'two']);
  });

  it('that is still under way when the gateway stops puts nothing into force', async () => {
    const { configuration, names } = openConfiguration(fileWith('one'));
    let approve = (): void => undefined;
    const examined = new Promise<undefined>((resolve) => (approve = () => resolve(undefined)));
    const reload = configuration.reload({ ...byApi, examine: () => examined });
    configuration.close();
    approve();
    expect(await reload).toMatchObject({ kind: 'declined' });
    expect(names()).toEqual([]);
  });
});

it('a file that changes while the store is down is in force at once, and audited when the store is back', async () => {
  vi.useFakeTimers();
  const { configuration, logger, names } = openConfiguration(fileWith('one'), fileWith('two'));
  const written: AuditEvent[] = [];
  let isDown = true;
  const write = (event: AuditEvent): Promise<void> => {
    if (isDown) return Promise.reject(new Error('down'));
    written.push(event);
    return Promise.resolve();
  };
  const unattended = new UnattendedReloads({ configuration, record: { write }, logger });
  const settling = { isQuiet: true, isSame: () => Promise.resolve(true) };
  await unattended.reloadChanged(settling);
  await unattended.reload();
  expect(names()).toEqual(['one', 'two']);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(written).toEqual([]);
  isDown = false;
  await vi.advanceTimersByTimeAsync(6000);
  expect(written.map(({ after }) => after)).toMatchObject([{ cause: 'file' }, { cause: 'signal' }]);
  await unattended.close();
});

it('what a watched file says is not taken once it says something else', async () => {
  const { configuration, logger, names } = openConfiguration(fileWith('old'));
  const unattended = new UnattendedReloads({ configuration, record: { write: () => Promise.resolve() }, logger });
  expect(await unattended.reloadChanged({ isQuiet: true, isSame: () => Promise.resolve(false) })).toBe('unsettled');
  expect(names()).toEqual([]);
});
