/**
 * One simulated origin: servers, a bounded queue, and its failure modes.
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
  /** Advances its one-minute load average by five seconds. */
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

/** Its state and its faults. */
interface State extends Setting {
  servers: number;
  busy: number;
  queue: Sent[];
  served: Set<Sent>;
  down: boolean;
  hole: boolean;
  slow: number;
  errors: number;
  warm: { readonly from: number; readonly ms: number; readonly factor: number };
  load: number;
  stay: number;
  work: number;
}

export function createSimulatedOrigin(setting: Setting): SimulatedOrigin {
  const { scenario } = setting;
  const state: State = {
    ...setting,
    servers: scenario.servers,
    busy: 0,
    queue: [],
    served: new Set(),
    down: false,
    hole: false,
    slow: 1,
    errors: 0,
    warm: { from: -Infinity, ms: 1, factor: 1 },
    load: 0,
    stay: scenario.serviceMs,
    work: 0,
  };
  return {
    arrive: (sent) => receive(state, sent),
    refuses: () => state.down && !state.hole,
    isOut: () => state.down || state.hole,
    within: () => within(state),
    work: () => state.work,
    average: (seconds) =>
      void (state.load = within(state) + (state.load - within(state)) * Math.exp(-seconds / 60)),
    breaks: (fault) => applyFault(state, fault),
    heals: (fault) => endFault(state, fault),
  };
}

const within = ({ busy, queue }: State): number => busy + queue.length;

/** The load that it reports in a response. */
function reportedLoad(state: State): Partial<Answer> {
  const { servers } = state.scenario;
  return {
    within: within(state),
    stayMs: state.stay,
    average: state.load / servers,
  };
}

function slowness({ events, warm, slow }: State): number {
  const warmth = (events.now() - warm.from) / warm.ms;
  return warmth >= 1 ? slow : slow * (warm.factor + (1 - warm.factor) * warmth);
}

function receive(state: State, sent: Sent): void {
  const { dice, errors, reply, queue } = state;
  if (state.hole) return;
  if (state.down) return reply(sent, { ok: false, status: 0, failure: 'refused' });
  if (errors > 0 && !sent.probe && dice.unit() < errors)
    return reply(sent, { ok: false, status: 500, ...reportedLoad(state) }, 1);
  sent.queuedAt = state.events.now();
  if (state.busy < state.servers) serve(state, sent);
  else if (queue.length < (state.scenario.queue ?? 200)) queue.push(sent);
  else reply(sent, { ok: false, status: 503, ...reportedLoad(state) }, 1);
}

function noise({ scenario, dice }: State): number {
  const factor = scenario.pareto ? dice.pareto(2.2) : dice.lognormal(0.45);
  return dice.unit() < HICCUPS.share ? factor * HICCUPS.factor : factor;
}

function serve(state: State, sent: Sent): void {
  const { events, scenario, dice, served: generation } = state;
  state.busy++;
  generation.add(sent);
  sent.work = (sent.probe ? PROBE_MS : scenario.serviceMs * sent.visit.size * noise(state)) * slowness(state);
  state.work += sent.work;
  events.at(events.now() + sent.work, () => {
    if (generation !== state.served) return;
    generation.delete(sent);
    state.busy--;
    if (!sent.probe) state.stay += 0.1 * (events.now() - sent.queuedAt - state.stay);
    const poisoned = !sent.probe && sent.visit.poisoned;
    const isStray = !sent.probe && dice.unit() < STRAY_ERRORS;
    if (!state.hole && poisoned) replyToPoison(state, sent);
    else if (!state.hole)
      state.reply(sent, { ok: !isStray, status: isStray ? 500 : 200, ...reportedLoad(state) });
    drain(state);
  });
}

function replyToPoison(state: State, sent: Sent): void {
  const { poisonAs = 'error' } = state.scenario;
  if (poisonAs === 'hang') return;
  if (poisonAs === 'reset') state.reply(sent, { ok: false, status: 0, failure: 'reset' });
  else state.reply(sent, { ok: false, status: poisonAs === 'error' ? 500 : 502, ...reportedLoad(state) });
}

function drain(state: State): void {
  while (state.busy < state.servers && state.queue.length > 0) serve(state, state.queue.shift()!);
}

function crash(state: State): void {
  const lost = [...state.served, ...state.queue];
  Object.assign(state, { served: new Set(), queue: [], busy: 0, down: true });
  for (const sent of lost) state.reply(sent, { ok: false, status: 0, failure: 'reset' });
}

function applyFault(state: State, fault: Fault): void {
  if (fault.kind === 'down') crash(state);
  else if (fault.kind === 'hole') state.hole = true;
  else if (fault.kind === 'slow') state.slow = fault.factor;
  else if (fault.kind === 'errors') state.errors = fault.share;
  else if (fault.kind === 'capacity')
    state.servers = Math.max(1, Math.round(state.scenario.servers * fault.factor));
}

function endFault(state: State, fault: Fault): void {
  if (fault.kind === 'down') {
    state.down = false;
    if (fault.warmFactor)
      state.warm = { from: state.events.now(), ms: fault.warmMs ?? 1, factor: fault.warmFactor };
  } else if (fault.kind === 'hole') state.hole = false;
  else if (fault.kind === 'slow') state.slow = 1;
  else if (fault.kind === 'errors') state.errors = 0;
  else if (fault.kind === 'capacity') {
    state.servers = state.scenario.servers;
    drain(state);
  }
}
