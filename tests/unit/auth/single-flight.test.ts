/** Which calls join a flight, and which wait. Concurrency: tests/unit/auth-cache.test.ts and tests/e2e/keys.test.ts. */
import t from 'tap';
import { createFlights, forgetFlights, isInFlight, joinFlight } from '../../../lib/auth/single-flight.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** Work that takes `ms`, one at a time. */
function world(ms = 100) {
  const runtime = virtualRuntime();
  const flights = createFlights<string>(1);
  const started: string[] = [];
  const finished: (string | null)[] = [];
  const results: (string | null)[] = [];
  const ask = (id: string): void => {
    const work = {
      id,
      slots: 1,
      timeoutMs: ms,
      start: () => {
        started.push(id);
        return new Promise<string>((resolve) => void runtime.after(ms, () => resolve(`${id} done`)));
      },
      finish: (result: string | null) => void finished.push(result),
    };
    const asker = { runtime, waitUntil: () => undefined };
    void joinFlight(flights, work, asker).then((result) => results.push(result));
  };
  return { runtime, flights, started, finished, results, ask };
}

t.test('the queue is bounded in length and in time', async (t) => {
  const { runtime, started, results, ask } = world(9000);
  for (let i = 0; i < 60; i++) ask(`k${i}`);
  await runtime.advance(0);
  t.equal(results.length, 10, 'beyond fifty per slot they are rejected at once');
  await runtime.advance(40_000);
  t.equal(results.length, 60);
  t.ok(started.length < 5, 'and no work is started for callers that gave up');
  t.equal(runtime.pending(), 0);
});

t.test('work whose request ended is restarted, whether its promise hangs or rejects', async (t) => {
  for (const die of [() => new Promise<null>(() => undefined), () => Promise.reject(new Error('ended'))]) {
    const { runtime, flights, started, results, ask } = world();
    ask('a');
    await runtime.advance(0);
    const flight = flights.inFlight.get('a')!;
    flight.result = die();
    ask('a');
    flights.inFlight.set('a', flight);
    await runtime.advance(11_000);
    t.same(results, ['a done', 'a done']);
    t.equal(started.length, 2);
  }
});

t.test('the result of a superseded or forgotten flight is dropped; callers join the new one', async (t) => {
  const { runtime, flights, started, finished, results, ask } = world();
  ask('a');
  ask('a');
  await runtime.advance(50);
  forgetFlights(flights, 'other');
  t.ok(isInFlight(flights, 'a', runtime.now()));
  forgetFlights(flights, 'a');
  t.notOk(isInFlight(flights, 'a', runtime.now()));
  ask('a');
  await runtime.advance(50);
  t.same([finished, results], [[], []]);
  t.ok(isInFlight(flights, 'a', runtime.now()), 'new callers join the newer one, as do those that waited');
  await runtime.advance(100);
  t.same([started, finished], [['a', 'a'], ['a done']]);
  t.same(results, ['a done', 'a done', 'a done']);
  ask('b');
  forgetFlights(flights, null);
  t.notOk(isInFlight(flights, 'b', runtime.now()));
});
