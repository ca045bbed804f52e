import { describe, expect, it } from 'vitest';
import { GatewayMetrics } from '../../src/observability/metrics.ts';

const linesOf = async (metrics: GatewayMetrics, name: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));

describe('GatewayMetrics', () => {
  it('counts requests by route, method and status, and how long they took', async () => {
    const metrics = new GatewayMetrics('1.2.3');
    metrics.answered('devices', 'GET', 200, 4);
    metrics.answered('devices', 'GET', 200, 40);
    metrics.answered('devices', 'POST', 403, 1);
    expect(await linesOf(metrics, 'wayleave_requests_total')).toEqual([
      'wayleave_requests_total{route="devices",method="GET",status="200"} 2',
      'wayleave_requests_total{route="devices",method="POST",status="403"} 1',
    ]);
    const durations = await linesOf(metrics, 'wayleave_request_duration_seconds');
    expect(durations).toContain('wayleave_request_duration_seconds_bucket{le="0.005",route="devices"} 2');
    expect(durations).toContain('wayleave_request_duration_seconds_count{route="devices"} 3');
  });

  it('drops the series of routes and upstreams that a reload has removed, whenever they were counted', async () => {
    const metrics = new GatewayMetrics('1.2.3');
    const count = (route: string | undefined, upstream: string): void => {
      metrics.answered(route, 'GET', 200, 4);
      metrics.sentOn(upstream, 'answered', 4);
      if (route !== undefined) metrics.servedStale(route);
      metrics.shadows.decided('route', route, 'same');
    };
    for (const name of ['gone', 'kept']) count(name, `${name}-upstream`);
    count(undefined, 'kept-upstream');
    metrics.shadows.decided('file', 'tried', 'stricter');
    const names = { routes: new Set(['kept', 'new']), shadowRoutes: new Set(['tried']) };
    metrics.reloaded({ ...names, upstreams: new Set(['kept-upstream']) });
    count('gone', 'gone-upstream');
    count('kept', 'kept-upstream');
    expect(await metrics.text()).not.toMatch(/"gone/);
    expect(await linesOf(metrics, 'wayleave_requests_total')).toEqual([
      'wayleave_requests_total{route="kept",method="GET",status="200"} 2',
      'wayleave_requests_total{route="none",method="GET",status="200"} 1',
    ]);
    expect(await linesOf(metrics, 'wayleave_upstream_duration_seconds_count')).toEqual([
      'wayleave_upstream_duration_seconds_count{upstream="kept-upstream"} 3',
    ]);
    expect(await linesOf(metrics, 'wayleave_shadow_decisions_total')).toEqual([
      'wayleave_shadow_decisions_total{by="route",route="kept",result="same"} 2',
      'wayleave_shadow_decisions_total{by="route",route="none",result="same"} 1',
      'wayleave_shadow_decisions_total{by="file",route="tried",result="stricter"} 1',
    ]);
    count('new', 'kept-upstream');
    expect(await metrics.text()).toContain('wayleave_requests_total{route="new",method="GET",status="200"} 1');
  });

  it('keeps labels bounded whatever clients send as the method', async () => {
    const metrics = new GatewayMetrics('1.2.3');
    for (let n = 0; n < 1000; n++) metrics.answered('devices', `M${n}`, 405, 1);
    expect(await linesOf(metrics, 'wayleave_requests_total')).toEqual([
      'wayleave_requests_total{route="devices",method="other",status="405"} 1000',
    ]);
  });

  it('shows decisions, lookups, the store, upstreams, connections, the revision and the version', async () => {
    const metrics = new GatewayMetrics('1.2.3');
    metrics.decided('token_expired');
    metrics.decided('store_unavailable');
    metrics.decided(undefined);
    metrics.answered(undefined, 'GET', 404, 1);
    metrics.cacheLookup('memory', 'hit');
    metrics.storeError();
    metrics.sentOn('inventory', 'answered', 12);
    metrics.sentOn('inventory', 'timeout', 30_000);
    metrics.sentOn('inventory', 'overloaded', undefined);
    metrics.connectionOpened();
    metrics.connectionOpened();
    metrics.connectionClosed();
    metrics.config.loaded('aaa', 1000);
    metrics.config.loaded('bbb', 2000);
    const text = await metrics.text();
    for (const line of [
      'wayleave_auth_decisions_total{result="denied",reason="token_expired"} 1',
      'wayleave_auth_decisions_total{result="error",reason="store_unavailable"} 1',
      'wayleave_auth_decisions_total{result="allowed",reason="none"} 1',
      'wayleave_requests_total{route="none",method="GET",status="404"} 1',
      'wayleave_cache_lookups_total{tier="memory",result="hit"} 1',
      'wayleave_store_errors_total 1',
      'wayleave_upstream_requests_total{upstream="inventory",outcome="timeout"} 1',
      'wayleave_upstream_requests_total{upstream="inventory",outcome="overloaded"} 1',
      'wayleave_upstream_duration_seconds_count{upstream="inventory"} 2',
      'wayleave_connections 1',
      'wayleave_config_info{revision="bbb"} 1',
      'wayleave_build_info{version="1.2.3"} 1',
      'process_cpu_user_seconds_total ',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain('revision="aaa"');
  });
});
