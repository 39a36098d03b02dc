/**
 * More of Kong's behaviour, in the format of cases.json: nginx and plugins, of which that has few cases (more.json),
 * and one short case for each of Kong's rules without another case (further.ts).
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { KongCase } from './case.ts';
import { FURTHER } from './further.ts';
import { playAll } from './run.ts';

const more = JSON.parse(readFileSync(new URL('more.json', import.meta.url), 'utf8')) as KongCase[];
const only = process.env['KONG_CASE'];

t.setTimeout(900_000);

t.test('the Worker behaves as Kong does in what cases.json does not cover', async (t) => {
  const list = [...more, ...FURTHER].filter(({ id }) => only === undefined || id.startsWith(only));
  for (const { one, differences } of await playAll(list)) t.same(differences, [], one.id);
});
