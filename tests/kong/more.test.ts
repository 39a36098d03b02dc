/**
 * More of Kong's behaviour, in the format of cases.json: nginx and plugins, of which that has few cases (more.json),
 * and one short case for each of Kong's rules without another case (further.ts).
 */
import t from 'tap';
import { casesOf } from './case.ts';
import { FURTHER } from './further.ts';
import { playAll } from './run.ts';

t.setTimeout(900_000);

t.test('the Worker behaves as Kong does in what cases.json does not cover', async (t) => {
  const list = [...casesOf('more.json'), ...casesOf(FURTHER)];
  for (const { one, differences } of await playAll(list)) t.same(differences, [], one.id);
});
