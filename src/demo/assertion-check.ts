import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';

/** What the gateway's signature under a request is worth. */
export type AssertionVerdict =
  | { readonly verified: true; readonly claims: JWTPayload }
  | { readonly verified: false; readonly reason: string };

/** Judges the assertion of a request; null when there is none. */
export type AssertionCheck = (req: IncomingMessage) => Promise<AssertionVerdict | null>;

export interface AssertionTrust {
  /** Where the gateway publishes its keys. */
  readonly keySet: URL;
  readonly issuer: string;
  /** Whom assertions may be for. */
  readonly audiences: readonly string[];
}

/** Checks assertions as an upstream should: signature, issuer, audience and time, and the request where it is bound to one. */
export function checkAssertions({ keySet, issuer, audiences }: AssertionTrust): AssertionCheck {
  const keys = createRemoteJWKSet(keySet);
  const expected = { issuer, audience: [...audiences], algorithms: ['ES256', 'EdDSA'] };
  return async (req) => {
    const assertion = req.headers['x-auth-assertion'];
    if (typeof assertion !== 'string') return null;
    try {
      const { payload } = await jwtVerify(assertion, keys, expected);
      return boundToAnother(payload, req)
        ? { verified: false, reason: 'it is bound to another request' }
        : { verified: true, claims: payload };
    } catch (error) {
      return { verified: false, reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

function boundToAnother({ htm, target_sha256: bound }: JWTPayload, { method, url = '' }: IncomingMessage): boolean {
  if (htm === undefined && bound === undefined) return false;
  const target = createHash('sha256').update(url, 'latin1').digest('base64url');
  return htm !== method || bound !== target;
}
