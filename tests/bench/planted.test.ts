/** The reports show what the benches measure: defects are planted in a copy of the script. */
import t from 'tap';
import { readGateway } from '../../bench/contestants.ts';
import { runFault } from '../../bench/faults.ts';
import { runSoak } from '../../bench/soak.ts';

/** The script with a line inserted after each of these strings, which must occur once. */
function plant(defects: Readonly<Record<string, string>>, script = readGateway('worker-full')): string {
  return Object.entries(defects).reduce((text, [place, line]) => {
    if (text.split(place).length !== 2) throw new Error(`Cannot plant: the script must hold "${place}" once`);
    return text.replace(place, `${place}\n${line}`);
  }, script);
}

t.test('faults: requests are lost without retries, none with them', async (t) => {
  // On a slow machine hedges would hide missing retries.
  const whole = plant({ 'function armTimer(state, leader, now) {': 'return;' });
  const broken = plant({ 'function retry(state, now) {': 'return;' }, whole);
  const losses = (['refused', { status: 521, delayMs: 1 }] as const).map(async (fault) => {
    const [retried, lost] = await Promise.all(
      [whole, broken].map(async (script) => {
        const row = await runFault(fault, 60, { script, returnMs: 0, balance: 'round-robin' });
        return row.lost;
      }),
    );
    return [retried, lost! > 0];
  });
  for (const loss of await Promise.all(losses)) t.same(loss, [0, true]);
});

t.test('faults: without hedges a request to a hung origin waits for the timeout', async (t) => {
  const timingOut = readGateway('worker-full').replace(
    'timeoutMs: defaulted(integer(1), 1e4)',
    'timeoutMs: defaulted(integer(1), 6000)',
  );
  const broken = plant({ 'function armTimer(state, leader, now) {': 'return;' }, timingOut);
  const [whole, planted] = await Promise.all(
    [timingOut, broken].map((script) =>
      runFault({ fault: 'hang' }, 60, { script, returnMs: 0, balance: 'round-robin' }),
    ),
  );
  t.ok(planted!.slowest >= 6000, `${planted!.slowest} ms`);
  // Both run at once: what makes the machine slow makes both slow.
  t.ok(whole!.slowest < planted!.slowest, `${whole!.slowest} ms of ${planted!.slowest}`);
});

t.test('faults: an origin that is not retested does not return', async (t) => {
  const broken = plant({ 'function takeRetest(pool, level, waitMs, now) {': 'return null;' });
  const { returnSeconds } = await runFault({ status: 521, delayMs: 1 }, 60, {
    script: broken,
    returnMs: 1500,
  });
  t.ok(Number.isNaN(returnSeconds), `${returnSeconds}`);
});

t.test('soak reports a stuck counter, a refusal without a body and an unhandled rejection', async (t) => {
  const script = plant({
    'function closeAttempt(state, attempt, outcome) {': 'attempt.outcome = outcome; state.waiting--; return;',
    'function plainRefusal({ status, message, headers }, context, id) {':
      'if (status === 404) return new Response(null, { status: 404 });',
    'function finishResponse(context, from, state) {':
      "if ('reason' in from) Promise.reject(new Error('planted'));",
  });
  const { sent, stuck, withoutBody, defects } = await runSoak(1, 1, script);
  t.ok(stuck > 0, `${stuck} attempts counted as in flight`);
  t.ok(withoutBody > 0, `${withoutBody} of ${sent} rejected without a body`);
  t.match(defects[0], /planted/);
});
