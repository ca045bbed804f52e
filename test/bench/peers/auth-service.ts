import type { PeerContext } from './peer.ts';

/** Starts the auth service that outer proxies ask, and tells it the token. */
export async function startAuthService({ children, token }: PeerContext): Promise<{ port: number; pid: number }> {
  const service = await children.fork('servers/auth-service');
  await service.ask({ token }, 5_000);
  return service;
}
