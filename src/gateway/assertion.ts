import { createHash, randomUUID } from 'node:crypto';
import { assertionClaims, type RequestBinding } from '../core/assertion.ts';
import type { Principal } from '../core/principal.ts';
import type { Route } from '../core/route.ts';
import type { Clock } from '../lib/clock.ts';
import type { CleanRequest } from './sanitize.ts';
import { upstreamTarget } from './upstream-target.ts';

/** A key that signs. The same object as long as it is the same key. */
export interface AssertionKey {
  readonly id: string;
  /** As the header of a JWS names it. */
  readonly algorithm: string;
  /** Signs a text, in base64url, at once. */
  sign(text: string): string;
}

/** The deployment's signing keys. */
export interface AssertionKeys {
  /** The key that signs at this moment. */
  signing(): AssertionKey;
  /** The public keys at this moment, as a JWK set, and what it is known by to caches. */
  keySet(): { readonly text: string; readonly etag: string };
}

export interface AssertionOptions {
  readonly keys: AssertionKeys;
  readonly clock: Clock;
  readonly issuer: string;
  readonly lifetimeMs: number;
}

interface Assertion {
  readonly text: string;
  readonly key: AssertionKey;
  /** Used again between these, in epoch milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

type ByAudience = Map<string, WeakMap<Principal, Assertion>>;

/**
 * Writes assertions (JWT, RFC 7519) of who a request counts as. One is used again for half of its life, for the same
 * principal, which is to say the same version of the same token, and the same audience; so a busy token costs a signature
 * every half minute.
 */
export class Assertions {
  readonly #options: AssertionOptions;
  readonly #halfLifeMs: number;
  #newer: ByAudience = new Map();
  /** Those made in the half life before: what is older is let go, so that memory holds what is in use. */
  #older: ByAudience = new Map();
  #turnsAtMs = 0;
  #header: { readonly key: AssertionKey; readonly text: string } | undefined;

  constructor(options: AssertionOptions) {
    this.#options = options;
    this.#halfLifeMs = options.lifetimeMs / 2;
  }

  /** The assertion of a request that may pass. */
  write(principal: Principal, route: Route, request: CleanRequest): string {
    const key = this.#options.keys.signing();
    if (route.assertionBinding === 'request') return this.#sign(key, principal, route, bindingOf(request, route));
    const nowMs = this.#options.clock.now();
    const known = this.#newer.get(route.audience)?.get(principal) ?? this.#older.get(route.audience)?.get(principal);
    if (known !== undefined && known.key === key && nowMs < known.untilMs && nowMs >= known.fromMs) return known.text;
    const text = this.#sign(key, principal, route);
    this.#remember(principal, route.audience, { text, key, fromMs: nowMs, untilMs: this.#untilMs(principal, nowMs) });
    return text;
  }

  #sign(key: AssertionKey, principal: Principal, route: Route, binding?: RequestBinding): string {
    const { clock, issuer, lifetimeMs } = this.#options;
    const claims = assertionClaims(principal, {
      issuer,
      audience: route.audience,
      lifetimeMs,
      nowMs: clock.now(),
      id: randomUUID(),
      binding,
    });
    const text = `${this.#headerOf(key)}.${base64url(claims)}`;
    return `${text}.${key.sign(text)}`;
  }

  #headerOf(key: AssertionKey): string {
    if (this.#header?.key !== key) {
      this.#header = { key, text: base64url({ alg: key.algorithm, typ: 'JWT', kid: key.id }) };
    }
    return this.#header.text;
  }

  /** Half of what it lives, which may be less than usual near the end of the token. */
  #untilMs({ expiresAt }: Principal, nowMs: number): number {
    return nowMs + Math.min(this.#halfLifeMs, expiresAt === null ? Infinity : (expiresAt - nowMs) / 2);
  }

  #remember(principal: Principal, audience: string, assertion: Assertion): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs >= this.#turnsAtMs) {
      [this.#older, this.#newer] = [this.#newer, new Map()];
      this.#turnsAtMs = nowMs + this.#halfLifeMs;
    }
    const ofAudience = this.#newer.get(audience) ?? new WeakMap<Principal, Assertion>();
    this.#newer.set(audience, ofAudience.set(principal, assertion));
  }
}

/** The path is the one that the upstream gets, so that it can compare without knowing the gateway's routes. */
function bindingOf(request: CleanRequest, route: Route): RequestBinding {
  const target = upstreamTarget(request.path, route);
  return { htm: request.method, target_sha256: createHash('sha256').update(target, 'latin1').digest('base64url') };
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
