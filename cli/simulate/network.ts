/**
 * The network between isolates and origins: distances, keep-alive connections, at most six connections that wait for
 * headers, timeouts. Delivers requests to an origin and responses to the sender, in virtual time.
 */
import { rollDice } from './dice.ts';
import type { Events } from './events.ts';
import { arrive, createOrigin, type Origin } from './origin.ts';
import { GIVE_UP_MS, type Answer, type Scenario, type Sent, type World } from './world.ts';

const KEEP_ALIVE_MS = 60_000;
const CONNECTIONS = 6;

export type Network = ReturnType<typeof createNetwork>;

export function createNetwork(scenario: Scenario, seed: number, events: Events) {
  const distances = placeOrigins(scenario, seed);
  /** Round trips in ms by place and origin; and their current increase. */
  const trips = { distances, detours: distances.map((row) => row.map(() => 0)) };
  const network = { events, dice: rollDice(seed, 2), origins: [] as Origin[], ...trips };
  const reply = (sent: Sent, answer: Answer, delayMs = 0): void => replyTo(network, sent, answer, delayMs);
  for (let i = 0; i < scenario.origins; i++)
    network.origins.push(createOrigin({ events, scenario, dice: rollDice(seed, 77, i), reply }));
  return network;
}

/** Sends one subrequest, or queues it for one of its request's six connections. */
export function sendOver(
  network: Network,
  ...[visit, origin, probe, timeoutMs, callback]: Parameters<World['send']>
): Sent {
  const startedAt = network.events.now();
  const sent: Sent = { visit, origin, probe, startedAt, callback, done: false, rtt: 0, work: 0, queuedAt: 0 };
  if (visit.waiting >= CONNECTIONS) visit.queue.push(() => connect(network, sent, timeoutMs));
  else connect(network, sent, timeoutMs);
  return sent;
}

/** The request no longer waits for it; its connection goes to the next. */
export function release(sent: Sent): void {
  sent.done = true;
  sent.visit.waiting--;
  if (sent.visit.waiting < CONNECTIONS) sent.visit.queue.shift()?.();
}

function connect(network: Network, sent: Sent, timeoutMs: number): void {
  const { events, dice, distances, detours } = network;
  const { place, connections } = sent.visit.isolate;
  const after = (ms: number, callback: () => void): void => events.at(events.now() + ms, callback);
  sent.visit.waiting++;
  sent.rtt = (distances[place]![sent.origin]! + detours[place]![sent.origin]!) * dice.lognormal(0.08);
  const handshake = takeKept(connections[sent.origin]!, events.now()) ? 0 : 2 * sent.rtt;
  const origin = network.origins[sent.origin]!;
  after(sent.rtt / 2, () => {
    if (handshake === 0) return arrive(origin, sent);
    if (sent.done) return;
    if (origin.down && !origin.hole)
      return replyTo(network, sent, { ok: false, status: 0, failure: 'refused' }, 0);
    after(handshake, () => arrive(origin, sent));
  });
  // No one waits longer for a probe, or needs its end.
  if (timeoutMs < GIVE_UP_MS || (!sent.probe && timeoutMs < Infinity))
    after(timeoutMs, () => finish(network, sent, { ok: false, status: 0, failure: 'timeout' }));
}

/** Reuses a connection that is still open, and discards expired ones. */
function takeKept(pool: number[], now: number): boolean {
  while (pool.length > 0) if (pool.pop()! > now) return true;
  return false;
}

function replyTo(network: Network, sent: Sent, answer: Answer, delayMs: number): void {
  const { events } = network;
  events.at(events.now() + (delayMs + sent.rtt / 2), () => finish(network, sent, answer));
}

function finish({ events }: Network, sent: Sent, answer: Answer): void {
  if (sent.done) return;
  release(sent);
  if (answer.status > 0) sent.visit.isolate.connections[sent.origin]!.push(events.now() + KEEP_ALIVE_MS);
  sent.callback(answer, events.now() - sent.startedAt, sent);
}

/**
 * Points of presence at random places of a unit square, origins at fixed ones: a base of 8 ms and 170 ms per unit of
 * distance.
 */
function placeOrigins(scenario: Scenario, seed: number): number[][] {
  const dice = rollDice(seed, 9);
  const spots = [
    [0.15, 0.35],
    [0.5, 0.3],
    [0.85, 0.6],
    [0.3, 0.8],
    [0.7, 0.15],
    [0.1, 0.9],
    [0.95, 0.1],
    [0.6, 0.85],
  ] as const;
  return Array.from({ length: scenario.places }, () => {
    const [x, y] = [dice.unit(), dice.unit()];
    return Array.from({ length: scenario.origins }, (_, i) =>
      scenario.uniform ? 20 + 6 * dice.unit() : 8 + 170 * Math.hypot(x - spots[i]![0], y - spots[i]![1]),
    );
  });
}
