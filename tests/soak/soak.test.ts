/** A quarter of a minute of the soak; `npx node bench/soak.ts` runs it for as long as one likes. */
import t from 'tap';
import { FLAT_KB, runSoak } from '../../bench/soak.ts';

t.test('mixed traffic while everything fails by turns leaves nothing behind', async (t) => {
  const { sent, statuses, stuck, failedAfterwards, withoutBody, defects, liveKb, grownKb } =
    await runSoak(10);
  t.ok(sent > 0, `${sent} requests, answered ${JSON.stringify(statuses)}`);
  t.ok((statuses['200'] ?? 0) > 0, 'some get through meanwhile');
  t.equal(stuck, 0, 'no attempt is thought to be under way for ever');
  t.equal(failedAfterwards, 0, 'all is well when all is well');
  t.equal(withoutBody, 0, 'every refusal says why');
  t.same(defects, [], 'the script threw nothing, caught or not');
  t.ok(grownKb < FLAT_KB, `live kilobytes: ${liveKb.join(', ')}`);
});
