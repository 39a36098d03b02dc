import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import * as ip from '../../../lib/core/ip.ts';
import { testProperty } from '../../support/property.ts';
import { words } from '../../support/words.ts';

const { callerNetwork, inNetworks, parseAddress, parseNetwork } = ip;

const holds = (network: string, address: string): boolean =>
  inNetworks([parseNetwork(network)!], parseAddress(address));

testProperty('an address is formatted as by the URL parser', [fc.ipV6()], 1000, (text) => {
  const bits = parseAddress(text)!;
  return bits >> 32n === 0xffffn || `[${ip.formatAddress(bits)}]` === new URL(`http://[${text}]`).hostname;
});

for (const [family, address, most] of [
  ['ipv4', fc.ipV4(), 32],
  // The platform may take one with an embedded IPv4 address for IPv4.
  ['ipv6', fc.ipV6().filter((text) => isIP(text) === 6 && !text.includes('.')), 128],
] as const)
  testProperty(
    `${family}: inNetworks agrees with the platform`,
    [address, fc.nat(most), address],
    500,
    (at, length, other) => {
      const list = new BlockList();
      list.addSubnet(at, length, family);
      const network = `${at}/${length}`;
      return holds(network, at) && holds(network, other) === list.check(other, family);
    },
  );

t.test('networks of one family, of one address, and of every address', async (t) => {
  const cases: [network: string, inside: string[], outside: string[]][] = [
    ['10.0.0.0/8', ['::ffff:10.1.2.3'], ['::a00:1', '']],
    ['192.168.1.7', ['192.168.1.7'], ['192.168.1.8']],
    ['0.0.0.0/0', ['1.2.3.4'], ['::1', '2001:db8::1']],
    ['::/0', ['::1', '1.2.3.4'], ['nonsense']],
    ['::1', ['0:0:0:0:0:0:0:1'], ['::2']],
  ];
  for (const [network, inside, outside] of cases) {
    for (const address of inside) t.equal(holds(network, address), true, `${address} in ${network}`);
    for (const address of outside) t.equal(holds(network, address), false, `${address} not in ${network}`);
  }
});

t.test('all spellings of an address are one address', async (t) => {
  const spellings: Record<string, string[]> = {
    '10.0.0.1': words`10.0.0.1:443 ::ffff:10.0.0.1 [::FFFF:a00:1]:80 0:0:0:0:0:ffff:10.0.0.1`,
    '10.0.0.2': [' 10.0.0.2 '],
    '2001:db8::1': words`2001:DB8::1 2001:db8:0:0::1 [2001:0db8:0000::0001]:50001 2001:db8::0.0.0.1`,
    'fe80::1': ['fe80::1%eth0', '[fe80::1%25]:80'],
  };
  for (const [plain, all] of Object.entries(spellings))
    for (const text of all) t.equal(ip.formatAddress(parseAddress(text)!), plain, text);
});

t.test('a malformed or ambiguous address or network is null', async (t) => {
  const addresses = words`
    unknown _hidden example.com 010.0.0.1 0x7f.1 127.1 2130706433 ffff 1.2.3.4.5 1:2:3 ::1] [::1 1.2.3.4:x
    1.2.3.4:123456 :80 []
  `;
  for (const text of [...addresses, '', 'a'.repeat(100_000)])
    t.equal(parseAddress(text), null, text.slice(0, 30));
  const networks = words`
    10.0.0/8 10.0.0.0/33 ::/129 10.0.0.0/ 10.0.0.0/8/8 256.0.0.0 1:2:3 ::1:: example.com ::1]/[ 10.0.0.0/-1
  `;
  for (const text of ['', ...networks]) t.equal(parseNetwork(text), null, text);
});

t.test('an IPv6 caller counts as its network, an IPv4 one as itself', async (t) => {
  for (const [address, network, prefix] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1::/48', 48],
    ['2001:DB8::9', '2001:db8::9', 128],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['', ''],
    ['unix:abc', 'unix:abc'],
  ] as const)
    t.equal(callerNetwork(address, prefix), network, address);
});
