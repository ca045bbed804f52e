import { requirementOf, type Access, type Route } from '../core/route.ts';
import { parseCidr } from '../core/cidr.ts';
import type { GatewayConfig } from './compiled.ts';
import { keyError, quote, valueError, type Finding } from './config-problem.ts';
import { lintRoutes } from './lint-routes.ts';
import { isLoopback } from './loopback.ts';

/** What is allowed and most likely not meant, in a configuration without errors. */
export function warningsOf(config: GatewayConfig): Finding[] {
  return [
    ...exposure(config),
    ...unusedUpstreams(config),
    ...scopesWithoutUse(config),
    ...config.routes.flatMap(unusedMethods),
    ...lintRoutes(config),
  ];
}

function exposure({ listen, trustedProxies }: GatewayConfig): Finding[] {
  const found: Finding[] = [];
  if (listen.admin.tls === undefined && !isLoopback(listen.admin.host)) {
    const message = `the admin API listens on ${listen.admin.host} without TLS: tokens cross the network readable`;
    found.push(
      valueWarning(['listen', 'admin'], 'admin-exposed', message, 'listen on 127.0.0.1, or give it tls: { cert, key }'),
    );
  }
  for (const [index, block] of trustedProxies.entries()) {
    const outcome = parseCidr(block);
    if (outcome.kind !== 'cidr') continue;
    const fix = 'name the addresses of your proxies';
    if (outcome.everyone) {
      const message = `${quote(block)} is everybody: any client may say from which address it comes`;
      found.push(valueWarning(['trusted_proxies', index], 'trusts-everyone', message, fix));
    } else if (isWide(block)) {
      const message = `${quote(block)} is a large part of all addresses: any client in it may say from which address it comes`;
      found.push(valueWarning(['trusted_proxies', index], 'trusts-many', message, fix));
    }
  }
  return found;
}

/** Wider than any one network has; the unique local addresses of IPv6 (fc00::/7) reach no other's clients. */
function isWide(block: string): boolean {
  const [address = '', bits = '128'] = block.split('/');
  if (/^f[cd]/.test(address)) return false;
  return Number(bits) < (address.includes(':') ? 16 : 8);
}

function unusedUpstreams({ upstreams, routes }: GatewayConfig): Finding[] {
  const used = new Set(routes.map(({ upstream }) => upstream));
  return [...upstreams.keys()]
    .filter((name) => !used.has(name))
    .map((name) =>
      keyWarning(
        ['upstreams', name],
        'unused-upstream',
        `no route goes to ${quote(name)}`,
        'send a route to it, or remove it',
      ),
    );
}

function scopesWithoutUse({ scopes, roleScopes, routes }: GatewayConfig): Finding[] {
  const asked = new Set(routes.flatMap(({ access }) => scopesOf(access)));
  const given = new Set([...roleScopes.values()].flatMap((role) => [...role]));
  return [...scopes.keys()].flatMap((scope) => {
    if (given.has(scope)) return [];
    const path = ['scopes', scope];
    if (!asked.has(scope)) {
      return [
        keyWarning(
          path,
          'unused-scope',
          `no route asks for ${quote(scope)} and no role gives it`,
          'remove it, or use it',
        ),
      ];
    }
    const message = `routes ask for ${quote(scope)}, but no role gives it, so no token can have it`;
    return [keyWarning(path, 'ungranted-scope', message, 'add it to a role under projects')];
  });
}

function scopesOf(access: Access): string[] {
  if (access.kind !== 'scopes') return [];
  const requirements = [...access.byMethod.values(), ...(access.others === undefined ? [] : [access.others])];
  return requirements.flatMap(({ all, any }) => [...all, ...any]);
}

/** Methods that `match.methods` lets in and `scopes` does not know, or the other way round. */
function unusedMethods({ name, access, methods }: Route, index: number): Finding[] {
  if (access.kind !== 'scopes' || methods === undefined) return [];
  const refused = methods.filter((method) => requirementOf(access, method) === undefined);
  const unreached = [...access.byMethod.keys()].filter((method) => !methods.includes(method));
  return [
    ...refused.map((method) => {
      const message = `${method} is in match.methods of ${quote(name)}, but scopes names neither it nor "*": it answers 405`;
      return valueWarning(['routes', index, 'match', 'methods'], 'unused-method', message);
    }),
    ...unreached.map((method) => {
      const message = `${method} is not in match.methods of ${quote(name)}, so these scopes are never asked for`;
      return keyWarning(['routes', index, 'scopes', method], 'unused-method', message);
    }),
  ];
}

function valueWarning(...of: Parameters<typeof valueError>): Finding {
  return { ...valueError(...of), severity: 'warning' };
}

function keyWarning(...of: Parameters<typeof keyError>): Finding {
  return { ...keyError(...of), severity: 'warning' };
}
