/** A policy is named in several places, and no type joins them: whoever adds one is told where it is still missing. */
import { readFileSync, readdirSync } from 'node:fs';
import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import { ROOT } from '../../tools/build.ts';
import { BALANCING } from '../../tools/rooms.ts';
import { POLICIES } from '../../tools/simulate/policies.ts';

const read = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8');

/** Of the rules; a policy may need more than one file. */
const TESTS = readdirSync(`${ROOT}/tests/lib`)
  .map((file) => read(`tests/lib/${file}`))
  .join('\n');

/** As the check names them to whoever writes another one. */
function policyNames(): string[] {
  try {
    checkConfig({ pools: { a: { origins: ['http://a.example'], balance: '?' } } });
    return [];
  } catch (error) {
    return [...(error as Error).message.matchAll(/"([a-z-]+)"/g)].map((hit) => hit[1] ?? '');
  }
}

function missingPlaces(name: string): string[] {
  const places: [string, boolean][] = [
    ['give it a maker in tools/simulate/policies.ts', Object.hasOwn(POLICIES, name)],
    ['give it a row in docs/balancing.md', read('docs/balancing.md').includes(`| \`${name}\``)],
    ['give it a test in tests/lib/balance.test.ts', TESTS.includes(`'${name}'`)],
    // All pools that race need none of the rooms that every other policy needs.
    ['add it to BALANCING in tools/rooms.ts', name === 'race' || BALANCING.includes(`balance=${name}`)],
  ];
  return places.filter(([, there]) => !there).map(([todo]) => `${name}: ${todo}`);
}

t.test('every policy is simulated, explained, tested, and kept by the builds that use it', async (t) => {
  const names = policyNames();
  t.ok(names.includes('adaptive') && names.includes('race'), names.join());
  t.same(names.flatMap(missingPlaces), []);
  t.equal(missingPlaces('nearest').length, 4);
});
