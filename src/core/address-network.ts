import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Text, ipv6Number, ipv6Text } from './cidr.ts';

const networkBits = 64n;

/**
 * What tells one client from the next among addresses: an IPv4 address itself, and the first 64 bits of an IPv6 address,
 * for whoever has one of these has all of them.
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return 'unknown';
  const number = ipv6Number(plain);
  // An IPv4 address in the spelling of IPv6.
  if (number >> 32n === 0xffffn) return ipv4Text(number & 0xffffffffn);
  return `${ipv6Text((number >> networkBits) << networkBits)}/64`;
}
