import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../tools/build.ts';
import { settingNames } from '../../tools/docs.ts';
import { CASES as POOLS } from './pools.cases.ts';
import { CASES as ROUTES } from './routes.cases.ts';
import { CASES as WHOLE } from './whole.cases.ts';

/** Settings whose effect takes long, or more than two gateways side by side: the test that fails without them. */
const ELSEWHERE: Record<string, [file: string, title: string]> = {};

t.test('every configuration key has a test that fails when the key is ignored', async (t) => {
  const proved = new Set([...WHOLE, ...ROUTES, ...POOLS].map(({ key }) => key));
  const missing = settingNames().filter((name) => !proved.has(name) && !ELSEWHERE[name]);
  t.same(missing, []);
  for (const [name, [file, title]] of Object.entries(ELSEWHERE)) {
    t.ok(readFileSync(`${ROOT}/${file}`, 'utf8').includes(title), `${name}: ${file} has the test "${title}"`);
    t.notOk(proved.has(name), `${name} is named once`);
  }
  const known = new Set(settingNames());
  t.same(
    [...proved].filter((name) => !known.has(name)),
    [],
    'no test is for a key that does not exist',
  );
});
