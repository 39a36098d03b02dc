/** Access by IP address. The rejection: tests/kong (ip-restriction), tests/settings. */
import t from 'tap';
import { compileAddresses, isAllowedAddress, startAddresses } from '../../../lib/traffic/addresses.ts';
import { drive, verdict } from '../../support/traffic.ts';

const CASES: readonly [allow: string[], deny: string[], address: string, allowed: boolean][] = [
  [[], ['198.51.100.0/25'], '198.51.100.127', false],
  [[], ['198.51.100.0/25'], '198.51.100.128', true],
  [['203.0.113.7'], [], '203.0.113.7', true],
  [['203.0.113.7'], [], '203.0.113.8', false],
  [['192.0.2.0/24'], ['192.0.2.66'], '192.0.2.66', false],
  [['0.0.0.0/0'], [], '2001:db8::1', false],
  [['::/0'], [], '192.0.2.1', false],
  [['2001:0DB8:0:0:0:0:0:00FF'], [], '2001:db8::ff', true],
  [['::ffff:10.0.0.1'], [], '10.0.0.1', true],
  [[], ['10.0.0.0/8'], '::ffff:10.1.2.3', false],
  [[], ['10.0.0.0/8'], '', false],
  [[], ['10.0.0.0/8'], 'unknown', false],
];

t.test('deny overrides allow; families are separate, and an unknown address is rejected', async (t) => {
  for (const [allow, deny, address, allowed] of CASES) {
    const lists = compileAddresses({ allow, deny });
    t.equal(isAllowedAddress(lists, address), allowed, `${address} by ${JSON.stringify({ allow, deny })}`);
  }
});

t.test('in the plain profile the rejection names no address', async (t) => {
  const { answer } = await drive(startAddresses, { addresses: { deny: ['203.0.113.7'] } }).enter();
  t.equal(verdict(answer), '403 Address not allowed');
});
