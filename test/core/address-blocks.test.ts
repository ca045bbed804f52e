import { describe, expect, it } from 'vitest';
import { AddressBlocks, isAddressAllowed } from '../../src/core/address-blocks.ts';

describe('blocks of one family', () => {
  it.each(['::/0', '::/1', '::/80'])('%s, of IPv6, have no IPv4 address', (block) => {
    for (const address of ['203.0.113.7', '::ffff:203.0.113.7']) {
      expect(isAddressAllowed([block], address)).toBe(false);
    }
    expect(isAddressAllowed([block], '::1')).toBe(true);
  });

  it('0.0.0.0/0, of IPv4, has no IPv6 address, and IPv4 ones in either spelling', () => {
    const blocks = new AddressBlocks(['0.0.0.0/0']);
    expect(['::1', '2001:db8::1'].map((address) => blocks.has(address))).toEqual([false, false]);
    expect(['203.0.113.7', '::ffff:203.0.113.7'].map((address) => blocks.has(address))).toEqual([true, true]);
  });
});
