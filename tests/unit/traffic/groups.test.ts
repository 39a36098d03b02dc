/** Which groups of consumers may call: beyond the cases of tests/kong (acl). */
import t from 'tap';
import { startGroups } from '../../../lib/traffic/groups.ts';
import { drive } from '../../support/traffic.ts';

const consumer = (...groups: string[]) => ({ id: 'c', credentials: [], groups });
const ALLOW = { allow: ['gold'], deny: [], hideHeader: false };
const DENY = { allow: [], deny: ['trial'], hideHeader: false };

t.test('the origin is told all groups, by the gateway alone; Kong leaves a caller’s own alone', async (t) => {
  const name = 'x-consumer-groups';
  const hidden = { ...ALLOW, hideHeader: true };
  for (const [groups, of, told, claimed, config] of [
    [ALLOW, ['gold', 'eu'], { [name]: 'gold, eu' }, [name], {}],
    [DENY, [], { [name]: '' }, [name], {}],
    [hidden, ['gold'], {}, [name], {}],
    [hidden, ['gold'], {}, [], { compat: 'kong-3' }],
  ] as const) {
    const entered = await drive(startGroups, { groups }, { config }).enter(
      '/',
      {},
      { consumer: consumer(...of) },
    );
    t.same(entered.told, told);
    t.same(
      entered.context.claimed.flatMap((names) => [...names]),
      claimed,
    );
  }
});
