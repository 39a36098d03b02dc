/** Access by consumer group, beyond the cases of tests/kong (acl). */
import t from 'tap';
import { startGroups } from '../../../lib/traffic/groups.ts';
import { drive } from '../../support/traffic.ts';

const consumer = (...groups: string[]) => ({ id: 'c', credentials: [], groups });
const ALLOW = { allow: ['gold'] };
const DENY = { deny: ['trial'] };

t.test('only the gateway sets the groups header; Kong forwards a caller’s own', async (t) => {
  const name = 'x-consumer-groups';
  const hidden = { ...ALLOW, hideHeader: true };
  for (const [groups, of, sent, claimed, config] of [
    [ALLOW, ['gold', 'eu'], { [name]: 'gold, eu' }, [name], {}],
    [DENY, [], { [name]: '' }, [name], {}],
    [hidden, ['gold'], {}, [name], {}],
    [hidden, ['gold'], {}, [], { compat: 'kong-3' }],
  ] as const) {
    const one = drive(startGroups, { groups, ...config });
    const entered = await one.enter('/', {}, { consumer: consumer(...of) });
    t.same(entered.sent, sent);
    t.same(
      entered.context.claimed.flatMap((names) => [...names]),
      claimed,
    );
  }
});
