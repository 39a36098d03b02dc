import t from 'tap';
import {
  addPending,
  busyWith,
  createLoad,
  distanceMs,
  dropPending,
  expectedLatency,
  learnLatency,
  learnOvertaken,
  restingLatency,
  silentFor,
} from '../../lib/load.ts';
import type { Moment } from '../../lib/moment.ts';

const NOW = 1_000_000;
const at = (requests: number, now: number): Moment => ({ now, random: () => 0.5, requests, service: 20 });

t.test('nothing known is 0; the first answer is believed, later ones a third', async (t) => {
  const load = createLoad();
  t.equal(restingLatency(load, at(0, NOW)), 0);
  learnLatency(load, 100, at(1, NOW));
  t.equal(restingLatency(load, at(1, NOW)), 100);
  learnLatency(load, 200, at(2, NOW));
  t.equal(restingLatency(load, at(2, NOW)), 130, 'up by 0.3 of the gap');
  learnLatency(load, 100, at(3, NOW));
  t.equal(restingLatency(load, at(3, NOW)), 121, 'down by 0.3 of the gap');
});

t.test('an estimate drifts to the floor with time, but no faster than with requests', async (t) => {
  const load = createLoad();
  learnLatency(load, 50, at(0, NOW));
  for (let i = 0; i < 20; i++) learnLatency(load, 1000, at(0, NOW));
  const high = restingLatency(load, at(0, NOW));
  t.ok(high > 900);
  t.equal(restingLatency(load, at(0, NOW + 60_000)), high, 'a minute without requests says nothing');
  t.ok(restingLatency(load, at(1000, NOW + 60_000)) < load.floor + 3, 'a minute with many forgets');
  t.ok(load.floor < 130, 'slow answers hardly move the floor');
});

t.test('a prior from a probe stands in until the first answer, and is blended with it', async (t) => {
  const load = createLoad();
  load.prior = 40;
  t.equal(restingLatency(load, at(0, NOW)), 60, 'distance and the usual service');
  learnLatency(load, 160, at(1, NOW));
  t.equal(restingLatency(load, at(1, NOW)), 90, 'the handshake is in the first sample');
  t.ok(load.floor <= 62);
});

t.test('a silent origin is as slow as its silence, once that is unusual', async (t) => {
  const load = createLoad();
  for (let i = 0; i < 30; i++) learnLatency(load, 100, at(i, NOW));
  addPending(load, NOW, 10_000);
  t.equal(expectedLatency(load, at(30, NOW + 90)), 100, 'not yet');
  t.equal(expectedLatency(load, at(30, NOW + 700)), 700);
  Object.assign(load, { deviation: 50 });
  t.equal(expectedLatency(load, at(30, NOW + 250)), 100, 'where answers vary so much it is usual');
  load.answeredAt = NOW + 600;
  t.equal(silentFor(load, at(0, NOW + 700)), 100, 'it answers others');
  dropPending(load, NOW);
  t.equal(expectedLatency(load, at(30, NOW + 5000)), 100);
});

t.test('one very long answer counts as three times the estimate', async (t) => {
  const load = createLoad();
  learnLatency(load, 100, at(0, NOW));
  learnLatency(load, 60_000, at(1, NOW));
  t.equal(restingLatency(load, at(1, NOW)), 160);
});

t.test('what waits for a tenth of a second more than is usual no longer counts as load', async (t) => {
  const load = createLoad();
  Object.assign(load, { samples: 9, mean: 40, deviation: 5 });
  for (const ago of [500, 170, 150, 0]) addPending(load, NOW - ago, 10_000);
  t.equal(busyWith(load, at(0, NOW)), 2);
});

t.test('being overtaken can only raise the estimate', async (t) => {
  const load = createLoad();
  learnLatency(load, 100, at(0, NOW));
  learnOvertaken(load, 50, at(0, NOW));
  t.equal(restingLatency(load, at(0, NOW)), 100);
  learnOvertaken(load, 300, at(0, NOW));
  t.equal(restingLatency(load, at(0, NOW)), 160);
  const unknown = createLoad();
  learnOvertaken(unknown, 300, at(0, NOW));
  t.equal(restingLatency(unknown, at(0, NOW)), 300);
});

t.test('entries of callers who hung up expire', async (t) => {
  const load = createLoad();
  for (let i = 0; i < 50; i++) addPending(load, NOW + i, 10_000);
  t.equal(load.pending.length, 50);
  addPending(load, NOW + 10_025, 10_000);
  t.equal(load.pending.length, 26);
  dropPending(load, 12345);
  t.equal(load.pending.length, 26, 'an unknown start time takes nobody');
});

t.test('distances are round trips', async (t) => {
  t.ok(distanceMs(52.4, 4.9, 52.4, 4.9) <= 6, 'next door');
  const atlantic = distanceMs(51.5, -0.1, 40.7, -74);
  t.ok(atlantic > 65 && atlantic < 100, `London to New York: ${atlantic}`);
});
