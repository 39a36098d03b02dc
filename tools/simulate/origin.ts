/**
 * One simulated origin: servers, a bounded queue before them, and the ways in which it fails.
 */
import type { Dice } from './dice.ts';
import type { Events } from './events.ts';
import type { Answer, Fault, Scenario, Sent } from './world.ts';

const PROBE_MS = 2;
const STRAY_ERRORS = 0.0005;
const HICCUPS = { share: 0.01, factor: 8 };

export interface SimulatedOrigin {
  readonly arrive: (sent: Sent) => void;
  readonly refuses: () => boolean;
  readonly isOut: () => boolean;
  readonly within: () => number;
  readonly work: () => number;
  /** Five more seconds of its one-minute load average. */
  readonly average: (seconds: number) => void;
  readonly breaks: (fault: Fault) => void;
  readonly heals: (fault: Fault) => void;
}

interface Setting {
  readonly events: Events;
  readonly scenario: Scenario;
  readonly dice: Dice;
  readonly reply: (sent: Sent, answer: Answer, delayMs?: number) => void;
}

export function createSimulatedOrigin({ events, scenario, dice, reply }: Setting): SimulatedOrigin {
  const most = scenario.queue ?? 200;
  let servers = scenario.servers;
  let busy = 0;
  let queue: Sent[] = [];
  let served = new Set<Sent>();
  let down = false;
  let hole = false;
  let slow = 1;
  let errors = 0;
  let warm = { from: -Infinity, ms: 1, factor: 1 };
  let load = 0;
  let stay = scenario.serviceMs;
  let work = 0;

  const within = (): number => busy + queue.length;
  const facts = () => ({
    busy: within() / scenario.servers,
    within: within(),
    stayMs: stay,
    average: load / scenario.servers,
  });
  function slowness(): number {
    const warmth = (events.now() - warm.from) / warm.ms;
    return warmth >= 1 ? slow : slow * (warm.factor + (1 - warm.factor) * warmth);
  }
  function arrive(sent: Sent): void {
    if (hole) return;
    if (down) return reply(sent, { ok: false, status: 0, failure: 'refused' });
    if (errors > 0 && !sent.probe && dice.unit() < errors)
      return reply(sent, { ok: false, status: 500, ...facts() }, 1);
    sent.queuedAt = events.now();
    if (busy < servers) serve(sent);
    else if (queue.length < most) queue.push(sent);
    else reply(sent, { ok: false, status: 503, ...facts() }, 1);
  }
  function noise(): number {
    const factor = scenario.pareto ? dice.pareto(2.2) : dice.lognormal(0.45);
    return dice.unit() < HICCUPS.share ? factor * HICCUPS.factor : factor;
  }
  function serve(sent: Sent): void {
    busy++;
    const crew = served;
    crew.add(sent);
    sent.work = (sent.probe ? PROBE_MS : scenario.serviceMs * sent.visit.size * noise()) * slowness();
    work += sent.work;
    events.at(events.now() + sent.work, () => {
      if (crew !== served) return;
      crew.delete(sent);
      busy--;
      if (!sent.probe) stay += 0.1 * (events.now() - sent.queuedAt - stay);
      if (!hole) {
        const bad = !sent.probe && (sent.visit.poisoned || dice.unit() < STRAY_ERRORS);
        reply(sent, { ok: !bad, status: bad ? 500 : 200, ...facts() });
      }
      drain();
    });
  }
  function drain(): void {
    while (busy < servers && queue.length > 0) serve(queue.shift()!);
  }
  function crash(): void {
    const lost = [...served, ...queue];
    served = new Set();
    queue = [];
    busy = 0;
    down = true;
    for (const sent of lost) reply(sent, { ok: false, status: 0, failure: 'reset' });
  }
  return {
    arrive,
    refuses: () => down && !hole,
    isOut: () => down || hole,
    within,
    work: () => work,
    average: (seconds) => void (load = within() + (load - within()) * Math.exp(-seconds / 60)),
    breaks(fault) {
      if (fault.kind === 'down') crash();
      else if (fault.kind === 'hole') hole = true;
      else if (fault.kind === 'slow') slow = fault.factor;
      else if (fault.kind === 'errors') errors = fault.share;
      else if (fault.kind === 'capacity') servers = Math.max(1, Math.round(scenario.servers * fault.factor));
    },
    heals(fault) {
      if (fault.kind === 'down') {
        down = false;
        if (fault.warmFactor) warm = { from: events.now(), ms: fault.warmMs ?? 1, factor: fault.warmFactor };
      } else if (fault.kind === 'hole') hole = false;
      else if (fault.kind === 'slow') slow = 1;
      else if (fault.kind === 'errors') errors = 0;
      else if (fault.kind === 'capacity') {
        servers = scenario.servers;
        drain();
      }
    },
  };
}
