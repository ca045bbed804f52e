/** Says whether a host, as gateway.yaml names it, is this machine alone. */
export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.toLowerCase() === 'localhost';
}
