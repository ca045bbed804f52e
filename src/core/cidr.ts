import { isIPv4, isIPv6 } from 'node:net';

export type CidrOutcome =
  | { readonly kind: 'cidr'; readonly text: string; readonly everyone: boolean }
  /** `detail` completes a sentence that begins with the text. */
  | { readonly kind: 'wrong'; readonly detail: string };

/**
 * Reads a block of addresses such as `10.0.0.0/8`; an address without `/n` stands for itself alone. Bits after the
 * prefix must be zero, and an IPv4 block is not taken in its IPv6 spelling, so that a list says what it seems to say.
 * @returns the block as `net.BlockList` and people write it: lower case, shortest IPv6 form
 */
export function parseCidr(text: string): CidrOutcome {
  const [address = '', length, ...rest] = text.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : undefined;
  if (bits === undefined || rest.length > 0) return wrong('is not an address block such as 10.0.0.0/8 or fd00::/8');
  const prefix = length === undefined ? bits : /^(?:0|[1-9]\d{0,2})$/.test(length) ? Number(length) : NaN;
  if (!(prefix <= bits)) return wrong(`does not end in a number from 0 to ${bits}`);
  const number = bits === 32 ? ipv4Number(address) : ipv6Number(address);
  if (bits === 128 && number >> 32n === 0xffffn)
    return wrong('is an IPv4 block in the spelling of IPv6; write it like 10.0.0.0/8');
  const hostBits = BigInt(bits - prefix);
  const network = (number >> hostBits) << hostBits;
  const canonical = `${bits === 32 ? ipv4Text(network) : ipv6Text(network)}/${prefix}`;
  if (network !== number) return wrong(`has bits set after the first ${prefix}; did you mean "${canonical}"?`);
  return { kind: 'cidr', text: canonical, everyone: prefix === 0 };
}

function ipv4Number(address: string): bigint {
  return address.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
}

/** The URL parser knows every spelling of an IPv6 address and writes the shortest one. */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

export function ipv6Number(address: string): bigint {
  const [head = '', tail] = shortest(address).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return groups.reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

export function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
}

export function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((number >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  return shortest(groups.join(':'));
}

function wrong(detail: string): CidrOutcome {
  return { kind: 'wrong', detail };
}
