import t from 'tap';
import * as flying from '../../../lib/auth/single-flight.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const { forgetFlights, hasFreeSlot, isInFlight } = flying;

/** Work that takes `ms`, on two slots; the last is kept. */
function world(ms = 100) {
  const runtime = virtualRuntime();
  const flights = flying.createFlights<string>(2);
  const started: string[] = [];
  const finished: (string | null)[] = [];
  const results: (string | null)[] = [];
  const ask = (id: string, slots = 1): void => {
    const work = {
      id,
      slots,
      timeoutMs: ms,
      start: () => {
        started.push(id);
        return new Promise<string>((resolve) => void runtime.after(ms, () => resolve(`${id} done`)));
      },
      finish: (result: string | null) => void finished.push(result),
    };
    const asker = { runtime, waitUntil: () => undefined };
    void flying.joinFlight(flights, work, asker).then((result) => results.push(result));
  };
  return { runtime, flights, started, finished, results, ask };
}

t.test('no more runs at a time than there are slots, and the last is for what matters more', async (t) => {
  const { runtime, flights, started, ask } = world();
  for (const id of ['a', 'b', 'c']) ask(id);
  await runtime.advance(0);
  t.same(started, ['a']);
  t.ok(hasFreeSlot(flights, runtime.now()), 'the second was not theirs');
  ask('known', 2);
  await runtime.advance(0);
  t.same(started, ['a', 'known']);
  t.notOk(hasFreeSlot(flights, runtime.now()));
  await runtime.advance(300);
  t.same(started, ['a', 'known', 'b', 'c']);
});

t.test('the queue is bounded in length and in time', async (t) => {
  const { runtime, started, results, ask } = world(9000);
  for (let i = 0; i < 60; i++) ask(`k${i}`);
  await runtime.advance(0);
  t.equal(results.length, 10, 'beyond fifty a slot they are told so at once');
  await runtime.advance(40_000);
  t.equal(results.length, 60);
  t.ok(started.length < 5, 'and nothing is done for those who have left');
  t.equal(runtime.pending(), 0);
});

t.test('work whose request died is taken over, whatever its promise does', async (t) => {
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

t.test('what was overtaken or forgotten is not remembered, and nobody goes by it', async (t) => {
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
  t.ok(isInFlight(flights, 'a', runtime.now()), 'who comes now joins the newer one, as those who waited do');
  await runtime.advance(100);
  t.same([started, finished], [['a', 'a'], ['a done']]);
  t.same(results, ['a done', 'a done', 'a done']);
  ask('b');
  forgetFlights(flights, null);
  t.notOk(isInFlight(flights, 'b', runtime.now()));
});
