/**
 * Kong's other plug-ins, run like the proxy cases, against the built Worker on workerd. A case that fails must
 * be listed in plugins-cannot.json with a sound reason, or fails. An area that is listed as a whole is not run: the
 * importer closes all its routes.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ONLY, casesOf } from './case.ts';
import { importCase } from './play.ts';
import { playAll } from './run.ts';
import { checkSection, plainTable, scoreTable, type Result } from './score.ts';

const text = readFileSync(new URL('plugins-cannot.json', import.meta.url), 'utf8');
const reasons = JSON.parse(text) as Record<string, string>;
const cases = casesOf('plugin-cases.json');
const [closed = [], carried = []] = [true, false].map((isClosed) =>
  cases.filter(({ area }) => area in reasons === isClosed),
);

t.setTimeout(900_000);

t.test('routes with unsupported plug-ins are closed', async (t) => {
  for (const { id, config, kong } of closed)
    t.match(JSON.stringify(importCase(config, kong)), '"closed: ', id);
});

t.test("the Worker does what Kong's plug-ins do", async (t) => {
  const played = await playAll(carried);
  for (const area of new Set(carried.map((one) => one.area)))
    t.test(area, async (t) => {
      for (const { one, differences } of played.filter((result) => result.one.area === area))
        if (reasons[one.id] === undefined) t.same(differences, [], one.id);
        else t.not(differences.length, 0, `${one.id} cannot hold: ${reasons[one.id]}`);
    });
  const results = [...played, ...closed.map((one): Result => ({ one, differences: ['closed'] }))];
  t.comment(plainTable(scoreTable(results)));
  if (ONLY === undefined) await checkSection(t, '## Other plug-ins', results, reasons);
});
