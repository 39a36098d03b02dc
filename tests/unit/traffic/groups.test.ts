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

t.test('the origin is told all groups, by the gateway alone', async (t) => {
  const enter = async (groups: Groups, of: string[], kong = false) => {
    const one = drive(startGroups, { groups }, { config: kong ? { compat: 'kong-3' } : {} });
    const { told, context } = await one.enter('/', {}, { consumer: consumer(...of) });
    return [told, context.claimed.flatMap((names) => [...names])];
  };
  const name = 'x-consumer-groups';
  t.same(await enter(ALLOW, ['gold', 'eu']), [{ [name]: 'gold, eu' }, [name]]);
  t.same(await enter(DENY, []), [{ [name]: '' }, [name]]);
  t.same(await enter({ ...ALLOW, hideHeader: true }, ['gold']), [{}, [name]]);
  const kong = await enter({ ...ALLOW, hideHeader: true }, ['gold'], true);
  t.same(kong, [{}, []], "Kong leaves a caller's own alone");
});

t.test('Kong of 2018 knew one refusal', async (t) => {
  const one = drive(startGroups, { groups: ALLOW }, { config: { compat: 'kong-2018' } });
  t.equal(verdict((await one.enter()).answer), NO);
});
