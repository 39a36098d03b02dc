import { existsSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../tools/build.ts';
import { floorOf } from '../../tools/floors.ts';
import {
  emptyRooms,
  floorFaults,
  lengthFaults,
  memoryFaults,
  nameFaults,
  outsideFaults,
} from '../../tools/source-rules.ts';
import { isTypesAlone, readFolder, readSources, sourceOf } from '../../tools/sources.ts';

const SOURCES = readSources();

t.test('a file imports only from a lower floor', async (t) => {
  t.same(floorFaults(SOURCES), []);
  t.same(emptyRooms(SOURCES), [], 'tools/floors.ts names no file that does not exist');
  const planted = [
    sourceOf('lib/balance.ts', `import type { State } from './state.ts';`),
    sourceOf('lib/load.ts', `export { x } from './health.ts';`),
    sourceOf('lib/cellar.ts', ''),
  ];
  t.same(floorFaults(planted), [
    `balance (${floorOf('balance')}) imports state (${floorOf('state')})`,
    'load (1) imports health (1)',
    'lib/cellar.ts has no floor: give it one in tools/floors.ts',
  ]);
});

t.test('only runtime.ts names the outside world', async (t) => {
  t.same(outsideFaults(SOURCES), []);
  const planted = sourceOf(
    'lib/load.ts',
    `const a = Date.now(); fetch('x'); runtime.fetch('x'); const b = { fetch: 1, now: new Date() }; // console.log`,
  );
  t.same(outsideFaults([planted]), [
    'lib/load.ts names Date.now: only lib/runtime.ts may',
    'lib/load.ts names fetch: only lib/runtime.ts may',
    'lib/load.ts names new Date(): only lib/runtime.ts may',
  ]);
  t.same(outsideFaults([sourceOf('lib/runtime.ts', 'Date.now()')]), []);
});

t.test('no module remembers anything', async (t) => {
  t.same(memoryFaults(SOURCES), []);
  const planted = sourceOf(
    'lib/load.ts',
    'let a = 1; export const b = [new Map()]; const make = () => new Set();',
  );
  t.same(memoryFaults([planted]), [
    'lib/load.ts has a module-level let: state belongs in state.ts',
    'lib/load.ts has a module-level Map: state belongs in state.ts',
  ]);
});

t.test('a function name stands for one function in the whole tree', async (t) => {
  t.same(nameFaults(SOURCES), []);
  const planted = [
    sourceOf('lib/load.ts', 'function a() {}'),
    sourceOf('lib/cors.ts', 'export function a() {}'),
  ];
  t.same(nameFaults(planted), ['lib/cors.ts and lib/load.ts both name a function a: rename one']);
});

t.test('a file has at most 200 lines and a function at most 50', async (t) => {
  t.same(lengthFaults(SOURCES), []);
  t.same(lengthFaults([...readFolder('tools'), ...readFolder('bench')]), []);
  const planted = sourceOf('lib/load.ts', `function a() {\n1;\n2;\n}\n`);
  t.same(lengthFaults([planted], 3, 3), [
    'lib/load.ts has 4 lines, 3 are allowed: split it',
    'lib/load.ts: a has 4 lines, 3 are allowed: cut it in two',
  ]);
});

t.test('every room has its test', async (t) => {
  const tested = SOURCES.filter((source) => source.room !== 'worker' && !isTypesAlone(source));
  const missing = tested.filter(({ room }) => !existsSync(`${ROOT}/tests/lib/${room}.test.ts`));
  t.same(
    missing.map(({ room }) => `tests/lib/${room}.test.ts`),
    [],
    'write these',
  );
});
