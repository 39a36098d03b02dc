import t from 'tap';
import {
  boardFlight,
  createFlights,
  flightOf,
  forgetFlights,
  hasIdleLane,
  landFlight,
} from '../../../lib/auth/single-flight.ts';
import type { Flight } from '../../../lib/auth/single-flight.ts';

const LONG = 1000;
const boarded = (flight: Flight<unknown> | null): Flight<unknown> => {
  if (flight === null) throw new Error('Cannot board a flight: the lanes must have room');
  return flight;
};

t.test('who asks for the same digest joins the flight', (t) => {
  const flights = createFlights(2);
  const flight = boarded(boardFlight(flights, 'a', 2, 0, LONG));
  t.equal(flightOf(flights, 'a', 999), flight);
  t.equal(flightOf(flights, 'b', 0), null);
  t.equal(landFlight(flights, 'a', flight), true);
  t.equal(flightOf(flights, 'a', 0), null, 'landed');
  t.end();
});

t.test('flights spread over the lanes that they may use, the last first', (t) => {
  const flights = createFlights(3);
  const lanes = ['a', 'b', 'c', 'd'].map((digest) =>
    flights.lanes.indexOf(boarded(boardFlight(flights, digest, 2, 0, LONG)).lane as never),
  );
  t.same(lanes, [1, 0, 1, 0]);
  t.ok(hasIdleLane(flights, 0), 'the third was not theirs');
  t.equal(boarded(boardFlight(flights, 'e', 3, 0, LONG)).lane, flights.lanes[2]);
  t.notOk(hasIdleLane(flights, 0));
  t.end();
});

t.test('the lanes are bounded', (t) => {
  const flights = createFlights(2);
  for (let i = 0; i < 100; i++) boarded(boardFlight(flights, `k${i}`, 2, 0, LONG));
  t.equal(boardFlight(flights, 'one more', 2, 0, LONG), null);
  t.equal(flights.aloft.size, 100);
  t.end();
});

t.test('a flight whose request died holds no lane and no digest for ever', (t) => {
  const flights = createFlights(1);
  const dead = boarded(boardFlight(flights, 'a', 1, 0, LONG));
  t.notOk(hasIdleLane(flights, 999));
  t.equal(flightOf(flights, 'a', 1000), null);
  t.ok(hasIdleLane(flights, 1000));
  const next = boarded(boardFlight(flights, 'a', 1, 1000, LONG));
  t.equal(landFlight(flights, 'a', dead), false, 'should it land after all, it is not the one on file');
  t.equal(flightOf(flights, 'a', 1000), next);
  t.end();
});

t.test('a forgotten flight may land, but counts no more', (t) => {
  const flights = createFlights(2);
  const [a, b] = ['a', 'b'].map((digest) => boarded(boardFlight(flights, digest, 2, 0, LONG))) as [
    Flight<unknown>,
    Flight<unknown>,
  ];
  forgetFlights(flights, 'a');
  t.same([a.forgotten, b.forgotten], [true, false]);
  t.equal(flightOf(flights, 'a', 0), null);
  t.notOk(hasIdleLane(flights, 0), 'it holds its lane while it asks');
  t.equal(landFlight(flights, 'a', a), false);
  t.ok(hasIdleLane(flights, 0));
  forgetFlights(flights, null);
  t.equal(b.forgotten, true);
  t.end();
});
