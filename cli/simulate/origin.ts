/**
 * One simulated origin: servers, a bounded queue, and its failure modes.
 */
import type { Dice } from './dice.ts';
import type { Events } from './events.ts';
import type { Answer, Fault, Scenario, Sent } from './world.ts';

const PROBE_MS = 2;
const STRAY_ERRORS = 0.0005;
const HICCUPS = { share: 0.01, factor: 8 };

interface Setting {
  readonly events: Events;
  readonly scenario: Scenario;
  readonly dice: Dice;
  readonly reply: (sent: Sent, answer: Answer, delayMs?: number) => void;
}

export const createOrigin = (setting: Setting) => ({
  ...setting,
  servers: setting.scenario.servers,
  busy: 0,
  queue: [] as Sent[],
  /** In service; another set after a crash. */
  served: new Set<Sent>(),
  down: false,
  hole: false,
  slow: 1,
  errors: 0,
  warm: { from: -Infinity, ms: 1, factor: 1 },
  /** The one-minute average of the requests within. */
  load: 0,
  /** The usual duration of a request, in ms. */
  stay: setting.scenario.serviceMs,
  /** In all, in server-ms. */
  work: 0,
});
export type Origin = ReturnType<typeof createOrigin>;

export const requestsWithin = ({ busy, queue }: Origin): number => busy + queue.length;

/** Advances the one-minute average of its load. */
export function averageLoad(origin: Origin, seconds: number): void {
  const within = requestsWithin(origin);
  origin.load = within + (origin.load - within) * Math.exp(-seconds / 60);
}

/** The load that it reports in a response. */
function reportedLoad(origin: Origin): Partial<Answer> {
  const { load, scenario, stay } = origin;
  return { within: requestsWithin(origin), stayMs: stay, average: load / scenario.servers };
}

function slowness({ events, warm, slow }: Origin): number {
  const warmth = (events.now() - warm.from) / warm.ms;
  return warmth >= 1 ? slow : slow * (warm.factor + (1 - warm.factor) * warmth);
}

export function arrive(origin: Origin, sent: Sent): void {
  const { dice, errors, reply, queue } = origin;
  if (origin.hole) return;
  if (origin.down) return reply(sent, { ok: false, status: 0, failure: 'refused' });
  if (errors > 0 && !sent.probe && dice.unit() < errors)
    return reply(sent, { ok: false, status: 500, ...reportedLoad(origin) }, 1);
  sent.queuedAt = origin.events.now();
  if (origin.busy < origin.servers) serve(origin, sent);
  else if (queue.length < (origin.scenario.queue ?? 200)) queue.push(sent);
  else reply(sent, { ok: false, status: 503, ...reportedLoad(origin) }, 1);
}

function noise({ scenario, dice }: Origin): number {
  const factor = scenario.pareto ? dice.pareto(2.2) : dice.lognormal(0.45);
  return dice.unit() < HICCUPS.share ? factor * HICCUPS.factor : factor;
}

function serve(origin: Origin, sent: Sent): void {
  const { events, scenario, dice, served: generation } = origin;
  origin.busy++;
  generation.add(sent);
  sent.work =
    (sent.probe ? PROBE_MS : scenario.serviceMs * sent.visit.size * noise(origin)) * slowness(origin);
  origin.work += sent.work;
  events.at(events.now() + sent.work, () => {
    if (generation !== origin.served) return;
    generation.delete(sent);
    origin.busy--;
    if (!sent.probe) origin.stay += 0.1 * (events.now() - sent.queuedAt - origin.stay);
    const poisoned = !sent.probe && sent.visit.poisoned;
    const isStray = !sent.probe && dice.unit() < STRAY_ERRORS;
    if (!origin.hole && poisoned) replyToPoison(origin, sent);
    else if (!origin.hole)
      origin.reply(sent, { ok: !isStray, status: isStray ? 500 : 200, ...reportedLoad(origin) });
    drain(origin);
  });
}

function replyToPoison(origin: Origin, sent: Sent): void {
  const { poisonAs = 'error' } = origin.scenario;
  if (poisonAs === 'hang') return;
  if (poisonAs === 'reset') origin.reply(sent, { ok: false, status: 0, failure: 'reset' });
  else origin.reply(sent, { ok: false, status: poisonAs === 'error' ? 500 : 502, ...reportedLoad(origin) });
}

function drain(origin: Origin): void {
  while (origin.busy < origin.servers && origin.queue.length > 0) serve(origin, origin.queue.shift()!);
}

function crash(origin: Origin): void {
  const lost = [...origin.served, ...origin.queue];
  Object.assign(origin, { served: new Set(), queue: [], busy: 0, down: true });
  for (const sent of lost) origin.reply(sent, { ok: false, status: 0, failure: 'reset' });
}

/** The fault begins or ends. */
export function setFault(origin: Origin, fault: Exclude<Fault, { kind: 'detour' }>, begins: boolean): void {
  const { scenario, events } = origin;
  switch (fault.kind) {
    case 'down':
      if (begins) return crash(origin);
      origin.down = false;
      if (fault.warmFactor)
        origin.warm = { from: events.now(), ms: fault.warmMs ?? 1, factor: fault.warmFactor };
      return;
    case 'hole':
      origin.hole = begins;
      return;
    case 'slow':
      origin.slow = begins ? fault.factor : 1;
      return;
    case 'errors':
      origin.errors = begins ? fault.share : 0;
      return;
    case 'capacity':
      origin.servers = begins ? Math.max(1, Math.round(scenario.servers * fault.factor)) : scenario.servers;
      drain(origin);
  }
}
