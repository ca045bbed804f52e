import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCidr } from '../../src/core/cidr.ts';
import { count } from '../support/counts.ts';

const canonical = (text: string) => {
  const outcome = parseCidr(text);
  return outcome.kind === 'cidr' ? outcome.text : `wrong: ${outcome.detail}`;
};

describe('a block is read in each of its spellings and written in one', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.7/32', '192.0.2.7/32'],
    ['::1', '::1/128'],
    ['FD00:0:0::/8', 'fd00::/8'],
    ['2001:DB8:0:0:0:0:0:0/32', '2001:db8::/32'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1/128'],
    ['::/0', '::/0'],
    ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200/120'],
  ])('%s is %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });
});

describe('a block that does not say what it seems to say is refused', () => {
  test.each([
    ['10.0.0.1/8', 'did you mean "10.0.0.0/8"'],
    ['fd00::1/8', 'did you mean "fd00::/8"'],
    ['10.0.0.0/33', '0 to 32'],
    ['::/129', '0 to 128'],
    ['10.0.0.0/08', '0 to 32'],
    ['10.0.0.0/', '0 to 32'],
    ['10.0.0.0/+8', '0 to 32'],
    ['10.0.0.0/8/8', 'address block'],
    ['10.0.0/8', 'address block'],
    ['010.0.0.0/8', 'address block'],
    ['0x0a.0.0.0/8', 'address block'],
    ['10/8', 'address block'],
    ['fe80::%eth0/10', 'address block'],
    ['::ffff:10.0.0.0/104', 'spelling of IPv6'],
    ['::ffff:0a00:0/104', 'spelling of IPv6'],
    ['localhost', 'address block'],
    ['', 'address block'],
    [' 10.0.0.0/8', 'address block'],
  ])('%s', (text, reason) => {
    expect(canonical(text)).toMatch(/^wrong: /);
    expect(canonical(text)).toContain(reason);
  });
});

test('the canonical form is its own, and the system takes it', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(128), (text, length) => {
      const offered = parseCidr(`${text}/${length}`);
      const [, meant] = /did you mean "([^"]+)"/.exec(offered.kind === 'wrong' ? offered.detail : '') ?? [];
      const block = offered.kind === 'cidr' ? offered.text : meant;
      if (block === undefined) return;
      expect(canonical(block)).toBe(block);
      const [network = '', prefix] = block.split('/');
      const list = new BlockList();
      list.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
      expect(list.check(network, isIPv4(network) ? 'ipv4' : 'ipv6')).toBe(true);
      expect(list.check(text, isIPv4(network) ? 'ipv4' : 'ipv6')).toBe(true);
    }),
    { numRuns: count(300, 10_000) },
  );
});
