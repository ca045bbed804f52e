import { BlockList, isIP } from 'node:net';

/** Blocks of IPv4 and IPv6 addresses, in the form that `parseCidr` gives. */
export class AddressBlocks {
  /** One for each family: an IPv6 block of net.BlockList such as ::/0 also has the IPv4 addresses. */
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const { address, bits, family } = readBlock(block);
      this.#lists[family].addSubnet(address, bits, family);
    }
  }

  /** Says whether an address lies in one of the blocks; what is no address lies in none. */
  has(address: string): boolean {
    const plain = unmapped(address);
    const version = isIP(plain);
    if (version === 0) return false;
    const family = version === 6 ? 'ipv6' : 'ipv4';
    return this.#lists[family].check(plain, family);
  }
}

/** Made once for a list: records share their lists, and a list is asked about with every request. */
const known = new WeakMap<readonly string[], AddressBlocks>();

/** Says whether a token that may be used from `blocks` alone may be used from `address`; no blocks: from anywhere. */
export function isAddressAllowed(blocks: readonly string[], address: string): boolean {
  if (blocks.length === 0) return true;
  let list = known.get(blocks);
  if (list === undefined) known.set(blocks, (list = new AddressBlocks(blocks)));
  return list.has(address);
}

/**
 * The first of `wanted` that lies in none of `given`; undefined when each does. No blocks stand for every address, so
 * where `given` has some, wanting none asks for too much: `everywhere`.
 */
export function blockBeyond(wanted: readonly string[], given: readonly string[]): string | undefined {
  if (given.length === 0) return undefined;
  if (wanted.length === 0) return 'everywhere';
  return wanted.find((block) => !given.some((outer) => contains(outer, block)));
}

/** A block lies in another one of its family when that is no narrower and holds its first address. */
function contains(outer: string, inner: string): boolean {
  const [wide, narrow] = [readBlock(outer), readBlock(inner)];
  return wide.family === narrow.family && wide.bits <= narrow.bits && new AddressBlocks([outer]).has(narrow.address);
}

function readBlock(block: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', bits = ''] = block.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const whole = family === 'ipv6' ? 128 : 32;
  return { address, bits: bits === '' ? whole : Number(bits), family };
}

/** An IPv4 address in the spelling of IPv6, as dual-stack sockets have them, in its own. */
function unmapped(address: string): string {
  return /^::ffff:\d+\./i.test(address) ? address.slice('::ffff:'.length) : address;
}
