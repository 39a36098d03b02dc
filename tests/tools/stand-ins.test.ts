/** What stands in for a room has the room's names, and what it says is what the room would have said. */
import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import type { Settings } from '../../lib/config.ts';
import { build, ROOT } from '../../tools/build.ts';
import { declaredNames } from '../../tools/keep-comments.ts';
import { ROOMS, absentRooms, exportedNames, standInFor } from '../../tools/rooms.ts';
import { readSources } from '../../tools/sources.ts';
import { checkConfig as checkRace } from '../../tools/stand-ins/race-config.ts';

const FILES = Object.entries(ROOMS).flatMap(([room, { file }]) => (file ? [[room, file] as const] : []));
const TUTORIAL = `${ROOT}/examples/two-nodes/config.js`;

/** Names that other rooms import from a room, types aside. */
function importedFrom(room: string): Set<string> {
  return new Set(
    readSources().flatMap(({ path, text }) =>
      parseSync(path, text).module.staticImports.flatMap(({ moduleRequest, entries }) =>
        new RegExp(`/${room}\\.ts$`).test(moduleRequest.value)
          ? entries.flatMap((entry) => (entry.isType ? [] : (entry.importName.name ?? [])))
          : [],
      ),
    ),
  );
}

t.test('a stand-in gives every name that is asked of its room, and no other', async (t) => {
  for (const room of Object.keys(ROOMS)) {
    const { module } = parseSync('stand-in.ts', await standInFor(room));
    const given = module.staticExports.flatMap(({ entries }) =>
      entries.map((entry) => entry.exportName.name!),
    );
    t.same(new Set(given), new Set(exportedNames(`${ROOT}/lib/${room}.ts`)), room);
    for (const name of importedFrom(room)) t.ok(given.includes(name), `${room}: ${name}`);
  }
});

t.test('nothing in a stand-in of its own file is idle where it stands in', async (t) => {
  const script = await build({ config: TUTORIAL, write: false });
  const kept = declaredNames(parseSync('worker.js', script, { sourceType: 'script' }).program.body);
  const { rooms } = absentRooms({ pools: { default: { origins: [], balance: 'race' } } });
  for (const [room, file] of FILES) {
    t.ok(rooms.includes(room), `${room} is absent there`);
    const path = `${ROOT}/tools/stand-ins/${file}`;
    const names = declaredNames(parseSync(path, readFileSync(path, 'utf8')).program.body);
    // Two are so short that they stand where they were called.
    const inlined = ['createPool', 'compileCors'];
    t.same(
      [...names].filter((name) => !kept.has(name) && !inlined.includes(name)),
      [],
      file,
    );
  }
});

/** What the small build reads of the settings. */
function readOf({ pools, routes, cors }: Settings) {
  const [route] = routes;
  return {
    pools: pools.map(({ origins, timeoutMs, totalTimeoutMs, retries }) => ({
      origins: origins.map(({ name, site, basePath, weight, headers }) => [
        name,
        site,
        basePath,
        weight,
        headers,
      ]),
      ...{ timeoutMs, totalTimeoutMs, retries },
    })),
    route: [routes.length, route?.name, route?.pool, route?.cors?.methods, cors?.methods],
  };
}
const faultsOf = (check: (input: unknown) => unknown, config: unknown): string[] => {
  try {
    check(config);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
};
const race = (pool: object, name = 'default') => ({
  pools: { [name]: { origins: ['https://a.example'], balance: 'race', ...pool } },
});

t.test('the small check resolves what the large one resolves', async (t) => {
  for (const config of [
    race({}),
    race({}, 'api'),
    race({ origins: [] }),
    race({ origins: ['https://a.example/base/', { url: 'http://b.example:81', name: 'b', weight: 0.5 }] }),
    race({ timeoutMs: 1, totalTimeoutMs: 2147483647, retries: 0 }),
    { pools: { ...race({}, 'a').pools, ...race({ origins: ['http://d'] }).pools } },
    JSON.stringify(race({ retries: 1 })),
  ])
    t.same(readOf(checkRace(config)), readOf(checkConfig(config)), JSON.stringify(config));
});

t.test('it refuses what the large one refuses, and names the same places', async (t) => {
  const placesOf = (faults: string[]) =>
    faults.map((fault) => /^[^ :]+/.exec(fault)?.[0].replace(/\.url$/, ''));
  for (const config of [
    race({
      origins: ['ftp://a', 'nonsense', 'https://u@a.example', 'https://a.example/?q', 'https://a.example/#f'],
    }),
    race({
      origins: [{ url: 'https://a.example', weight: -1 }, { name: 'n' }, { url: 'http://b', name: 'ü' }],
    }),
    race({ origins: 'https://a.example' }),
    race({ origins: undefined }),
    race({ timeoutMs: 0, totalTimeoutMs: '1', retries: 1.5 }),
    race({ retries: 32_768 }),
    race({ origins: [{ url: ['https://a.example'] }] }),
    race({ hegde: false }),
    race({ toString: 1 }),
    { pools: [] },
    '{"pools":',
  ]) {
    const faults = faultsOf(checkRace, config);
    t.ok(faults.length > 0, JSON.stringify(config));
    t.same(
      placesOf(faults).slice(0, 5),
      placesOf(faultsOf(checkConfig, config)).slice(0, 5),
      faults.join('\n'),
    );
  }
  t.match(faultsOf(checkRace, race({ timeoutMs: 0 })), [
    'pools.default.timeoutMs must be a whole number from 1, received 0',
  ]);
});

t.test('what it does not know it refuses with the command that builds a file that does', async (t) => {
  for (const [config, place] of [
    [{ ...race({}), auth: {} }, 'auth'],
    [{ ...race({}), stamp: false }, 'stamp'],
    [{ origins: ['http://a'] }, 'origins'],
    [{ pools: { default: { origins: ['http://a'] } } }, 'pools.default.balance'],
    [race({ balance: 'adaptive' }), 'pools.default.balance'],
    [race({ probe: { path: '/' } }), 'pools.default.probe'],
    [race({ origins: [{ url: 'http://a', headers: {} }] }), 'pools.default.origins[0].headers'],
  ] as const) {
    const faults = faultsOf(checkRace, config);
    t.ok(
      faults.some(
        (fault) => fault.startsWith(`${place} `) && fault.includes('npm run build -- --config FILE'),
      ),
      `${place}: ${faults.join('; ')}`,
    );
  }
});
