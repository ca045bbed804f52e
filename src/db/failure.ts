import { StoreUnavailable } from '../core/store-unavailable.ts';

/** Codes of postgres.js and of sockets: the session is gone, or never came about. */
const lostSession = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EACCES',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * SQLSTATE classes that speak of the server's state and not of the statement: connection, sign-in, rolled back for
 * concurrency, out of resources, operator intervention (a statement timeout too), system error.
 */
const brokenClasses = new Set(['08', '28', '40', '53', '57', '58']);

/** Single codes of the same kind: no such database, lock not to be had, read-only since a failover. */
const brokenStates = new Set(['3D000', '55P03', '25006']);

/** How Node and OpenSSL name what is wrong with a certificate or a handshake. */
const tlsFailure = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** Says whether the session that a statement ran in is gone. */
export function sessionIsLost(error: unknown): boolean {
  const code = codeOf(error);
  return lostSession.has(code) || tlsFailure.test(code);
}

/**
 * Says whether an error speaks of the machinery rather than of the statement: no connection, no resources, no time.
 * Anything else is a fault of the program and must not hide behind a 503.
 */
export function isStoreFailure(error: unknown): boolean {
  const code = codeOf(error);
  return sessionIsLost(error) || brokenStates.has(code) || (code.length === 5 && brokenClasses.has(code.slice(0, 2)));
}

/** Turns a failure of the machinery into StoreUnavailable; every other error stays what it is. */
export function asStoreUnavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable || !isStoreFailure(error)) return error;
  return new StoreUnavailable(`the database failed: ${messageOf(error)}`, { cause: error });
}

/** The words of an error, also of the nameless one that Node makes when every address of a host refused. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
