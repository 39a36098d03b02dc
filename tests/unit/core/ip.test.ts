import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { inNetworks, parseNetwork, plainAddress } from '../../../lib/core/ip.ts';

const holds = (network: string, address: string): boolean => inNetworks([parseNetwork(network)!], address);

t.test('networks and the addresses in them', async (t) => {
  const cases: [network: string, inside: string[], outside: string[]][] = [
    [
      '10.0.0.0/8',
      ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'],
      ['11.0.0.0', '9.255.255.255', '::a00:1', ''],
    ],
    ['192.168.1.7', ['192.168.1.7'], ['192.168.1.8']],
    ['0.0.0.0/0', ['1.2.3.4'], ['::1', '2001:db8::1']],
    ['2001:db8::/32', ['2001:db8::', '2001:DB8:ffff::1'], ['2001:db9::', '1.2.3.4']],
    ['::/0', ['::1', '1.2.3.4'], ['nonsense']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2']],
    ['172.16.0.0/12', ['172.31.255.255'], ['172.32.0.0']],
  ];
  for (const [network, inside, outside] of cases) {
    for (const address of inside) t.equal(holds(network, address), true, `${address} in ${network}`);
    for (const address of outside) t.equal(holds(network, address), false, `${address} not in ${network}`);
  }
  t.equal(inNetworks([], '10.0.0.1'), false);
});

t.test('what is no network', async (t) => {
  for (const text of [
    '',
    '10.0.0/8',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '256.0.0.0',
    '1:2:3',
    '::1::',
    'example.com',
    '::1]/[',
    '10.0.0.0/-1',
  ])
    t.equal(parseNetwork(text), null, text);
});

t.test('one spelling for one address', async (t) => {
  t.equal(plainAddress('2001:DB8:0:0::1'), '2001:db8::1');
  t.equal(plainAddress('0:0:0:0:0:0:0:1'), '::1');
  t.equal(plainAddress('fe80::1%eth0'), null);
});

t.test('it agrees with the platform', async () => {
  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat({ max: 32 })),
    fc.tuple(fc.ipV6(), fc.nat({ max: 128 })),
  );
  fc.assert(
    fc.property(network, fc.oneof(fc.ipV4(), fc.ipV6()), ([address, length], other) => {
      if (
        isIP(address) === 0 ||
        isIP(other) === 0 ||
        /\./.test(address + other) !== /^[\d.]+$/.test(address + other)
      )
        return;
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (isIP(other) !== isIP(address)) return;
      const list = new BlockList();
      list.addSubnet(address, length, family);
      if (holds(`${address}/${length}`, other) !== list.check(other, family))
        throw new Error(`${address}/${length} ${other}`);
      if (!holds(`${address}/${length}`, address)) throw new Error(`${address}/${length} without itself`);
    }),
    { numRuns: 500 },
  );
});
