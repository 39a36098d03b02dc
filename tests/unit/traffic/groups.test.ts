/** Which groups of consumers may call. */
import t from 'tap';
import { startGroups } from '../../../lib/traffic/groups.ts';
import type { Groups } from '../../../lib/config/types.ts';
import { drive, verdict } from '../../support/traffic.ts';

const consumer = (...groups: string[]) => ({ id: 'c', credentials: [], groups });
const ALLOW = { allow: ['gold'], deny: [], hideHeader: false };
const DENY = { allow: [], deny: ['trial'], hideHeader: false };

const [WHO, NO] = ['401 Unauthorized', '403 You cannot consume this service'];
const CASES: readonly [Groups, groups: string[] | null, anonymous: boolean, string][] = [
  [ALLOW, null, false, WHO],
  [ALLOW, [], false, NO],
  [ALLOW, [], true, WHO],
  [ALLOW, ['silver', 'gold'], false, 'in'],
  [ALLOW, ['GOLD'], false, NO],
  [ALLOW, ['silver'], true, NO],
  [DENY, null, false, WHO],
  [DENY, [], false, 'in'],
  [DENY, [], true, 'in'],
  [DENY, ['silver'], false, 'in'],
  [DENY, ['silver', 'trial'], false, NO],
];

t.test('nobody is asked to show who it is, somebody is told that it may not', async (t) => {
  for (const [groups, of, anonymous, expected] of CASES) {
    const one = drive(startGroups, { groups });
    const { answer } = await one.enter('/', {}, { consumer: of && consumer(...of), anonymous });
    t.equal(verdict(answer), expected, JSON.stringify([groups, of, anonymous]));
  }
});

t.test('the origin is told all groups, by the gateway alone; Kong leaves a caller’s own alone', async (t) => {
  const name = 'x-consumer-groups';
  for (const [groups, of, told, claimed, compat] of [
    [ALLOW, ['gold', 'eu'], { [name]: 'gold, eu' }, [name]],
    [DENY, [], { [name]: '' }, [name]],
    [{ ...ALLOW, hideHeader: true }, ['gold'], {}, [name]],
    [{ ...ALLOW, hideHeader: true }, ['gold'], {}, [], 'kong-3'],
  ] as const) {
    const one = drive(startGroups, { groups }, { config: compat ? { compat } : {} });
    const entered = await one.enter('/', {}, { consumer: consumer(...of) });
    t.same(entered.told, told);
    t.same(
      entered.context.claimed.flatMap((names) => [...names]),
      claimed,
    );
  }
});
