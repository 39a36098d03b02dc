/**
 * Every case of Kong's observable behaviour, run against the built Worker on workerd. A case that fails must be
 * listed in cannot.json with a sound reason, or fails; a listed one that passes fails too, so that the list stays
 * accurate.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ONLY, casesOf } from './case.ts';
import { playAll } from './run.ts';
import { checkSection, plainTable, scoreTable } from './score.ts';

const list = casesOf('cases.json');
const text = readFileSync(new URL('cannot.json', import.meta.url), 'utf8');
const reasons = JSON.parse(text) as Record<string, string>;

// A busy machine runs hundreds of cases slowly.
t.setTimeout(900_000);

t.test('the Worker behaves as Kong does', async (t) => {
  const played = await playAll(list);
  const results = played.map((result) =>
    reasons[result.one.id] ? { ...result, differences: ['listed', ...result.differences] } : result,
  );
  t.comment(plainTable(scoreTable(results)));
  for (const area of new Set(list.map((one) => one.area))) {
    t.test(area, async (t) => {
      for (const { one, differences } of results.filter((result) => result.one.area === area)) {
        const reason = reasons[one.id];
        if (reason === undefined) t.same(differences, [], one.id);
        // Those with limited portability may pass by chance.
        else if (one.portability === 'ok') t.not(differences.length, 1, `${one.id} cannot hold: ${reason}`);
      }
    });
  }
  if (ONLY === undefined) await checkSection(t, '## The proxy', results, reasons);
});
