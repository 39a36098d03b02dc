/** Which addresses may call. */
import t from 'tap';
import { compileAddresses, isAllowedAddress, startAddresses } from '../../../lib/traffic/addresses.ts';
import type { Addresses } from '../../../lib/config/types.ts';
import { drive, verdict } from '../../support/traffic.ts';

const NONE: Addresses = { allow: [], deny: [], status: 403, message: null };
const DENY: Addresses = { ...NONE, deny: ['203.0.113.7'] };

const CASES: readonly [allow: string[], deny: string[], address: string, allowed: boolean][] = [
  [[], ['198.51.100.0/25'], '198.51.100.127', false],
  [[], ['198.51.100.0/25'], '198.51.100.128', true],
  [['203.0.113.7'], [], '203.0.113.7', true],
  [['203.0.113.7'], [], '203.0.113.8', false],
  [['192.0.2.0/24'], ['192.0.2.66'], '192.0.2.66', false],
  [['0.0.0.0/0'], [], '192.0.2.1', true],
  [['0.0.0.0/0'], [], '2001:db8::1', false],
  [['::/0'], [], '2001:db8::1', true],
  [['::/0'], [], '192.0.2.1', false],
  [['2001:0DB8:0:0:0:0:0:00FF'], [], '2001:db8::ff', true],
  [[], ['2001:db8:4::/46'], '2001:db8:7::1', false],
  [['::ffff:10.0.0.1'], [], '10.0.0.1', true],
  [[], ['10.0.0.0/8'], '::ffff:10.1.2.3', false],
  [[], ['10.0.0.0/8'], '', false],
  [[], ['10.0.0.0/8'], 'unknown', false],
];

t.test('deny goes first, then allow; families are apart, and an unknown address is refused', async (t) => {
  for (const [allow, deny, address, allowed] of CASES) {
    const lists = compileAddresses({ allow, deny });
    t.equal(isAllowedAddress(lists, address), allowed, `${address} by ${JSON.stringify({ allow, deny })}`);
  }
});

t.test('what a refused caller is told', async (t) => {
  const told = async (parts: Partial<Addresses>, compat?: 'kong-3' | 'kong-2018') => {
    const addresses = { ...DENY, ...parts };
    const one = drive(startAddresses, { addresses }, { config: compat ? { compat } : {} });
    return verdict((await one.enter()).answer);
  };
  t.equal(await told({}), '403 Address not allowed');
  t.equal(await told({}, 'kong-3'), '403 IP address not allowed: 203.0.113.7');
  t.equal(await told({}, 'kong-2018'), '403 Your IP address is not allowed');
  t.equal(await told({ status: 404, message: 'gone' }), '404 gone');
});

t.test("a consumer's own lists stand in place of the route's, a prototype's name is nobody's", async (t) => {
  const consumers = { ada: { addresses: { ...NONE, allow: ['203.0.113.0/24'] } } };
  const one = drive(startAddresses, { addresses: DENY }, { consumers });
  const as = async (id: string) =>
    verdict((await one.enter('/', {}, { consumer: { id, credentials: [] } })).answer);
  t.equal(await as('ada'), 'in');
  t.equal(await as('bob'), '403 Address not allowed');
  t.equal(await as('constructor'), '403 Address not allowed');
  const { hooks } = drive(startAddresses, {});
  t.not(hooks.admit?.(one.route), null);
  const without = { ...one.route, addresses: null, consumerSettings: null } as never;
  t.equal(hooks.admit?.(without), null, 'a route without lists has no step');
});
