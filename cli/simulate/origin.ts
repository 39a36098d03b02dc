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
interface Shop extends Setting {
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
  const shop: Shop = {
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
    arrive: (sent) => takeIn(shop, sent),
    refuses: () => shop.down && !shop.hole,
    isOut: () => shop.down || shop.hole,
    within: () => within(shop),
    work: () => shop.work,
    average: (seconds) =>
      void (shop.load = within(shop) + (shop.load - within(shop)) * Math.exp(-seconds / 60)),
    breaks: (fault) => breakShop(shop, fault),
    heals: (fault) => healShop(shop, fault),
  };
}

const within = ({ busy, queue }: Shop): number => busy + queue.length;

/** The load that it reports in a response. */
function facts(shop: Shop): Partial<Answer> {
  const { servers } = shop.scenario;
  return {
    within: within(shop),
    stayMs: shop.stay,
    average: shop.load / servers,
  };
}

function slowness({ events, warm, slow }: Shop): number {
  const warmth = (events.now() - warm.from) / warm.ms;
  return warmth >= 1 ? slow : slow * (warm.factor + (1 - warm.factor) * warmth);
}

function takeIn(shop: Shop, sent: Sent): void {
  const { dice, errors, reply, queue } = shop;
  if (shop.hole) return;
  if (shop.down) return reply(sent, { ok: false, status: 0, failure: 'refused' });
  if (errors > 0 && !sent.probe && dice.unit() < errors)
    return reply(sent, { ok: false, status: 500, ...facts(shop) }, 1);
  sent.queuedAt = shop.events.now();
  if (shop.busy < shop.servers) serve(shop, sent);
  else if (queue.length < (shop.scenario.queue ?? 200)) queue.push(sent);
  else reply(sent, { ok: false, status: 503, ...facts(shop) }, 1);
}

function noise({ scenario, dice }: Shop): number {
  const factor = scenario.pareto ? dice.pareto(2.2) : dice.lognormal(0.45);
  return dice.unit() < HICCUPS.share ? factor * HICCUPS.factor : factor;
}

function serve(shop: Shop, sent: Sent): void {
  const { events, scenario, dice, served: crew } = shop;
  shop.busy++;
  crew.add(sent);
  sent.work = (sent.probe ? PROBE_MS : scenario.serviceMs * sent.visit.size * noise(shop)) * slowness(shop);
  shop.work += sent.work;
  events.at(events.now() + sent.work, () => {
    if (crew !== shop.served) return;
    crew.delete(sent);
    shop.busy--;
    if (!sent.probe) shop.stay += 0.1 * (events.now() - sent.queuedAt - shop.stay);
    const poisoned = !sent.probe && sent.visit.poisoned;
    const stray = !sent.probe && dice.unit() < STRAY_ERRORS;
    if (!shop.hole && poisoned) replyToPoison(shop, sent);
    else if (!shop.hole) shop.reply(sent, { ok: !stray, status: stray ? 500 : 200, ...facts(shop) });
    drain(shop);
  });
}

function replyToPoison(shop: Shop, sent: Sent): void {
  const { poisonAs = 'error' } = shop.scenario;
  if (poisonAs === 'hang') return;
  if (poisonAs === 'reset') shop.reply(sent, { ok: false, status: 0, failure: 'reset' });
  else shop.reply(sent, { ok: false, status: poisonAs === 'error' ? 500 : 502, ...facts(shop) });
}

function drain(shop: Shop): void {
  while (shop.busy < shop.servers && shop.queue.length > 0) serve(shop, shop.queue.shift()!);
}

function crash(shop: Shop): void {
  const lost = [...shop.served, ...shop.queue];
  Object.assign(shop, { served: new Set(), queue: [], busy: 0, down: true });
  for (const sent of lost) shop.reply(sent, { ok: false, status: 0, failure: 'reset' });
}

function breakShop(shop: Shop, fault: Fault): void {
  if (fault.kind === 'down') crash(shop);
  else if (fault.kind === 'hole') shop.hole = true;
  else if (fault.kind === 'slow') shop.slow = fault.factor;
  else if (fault.kind === 'errors') shop.errors = fault.share;
  else if (fault.kind === 'capacity')
    shop.servers = Math.max(1, Math.round(shop.scenario.servers * fault.factor));
}

function healShop(shop: Shop, fault: Fault): void {
  if (fault.kind === 'down') {
    shop.down = false;
    if (fault.warmFactor)
      shop.warm = { from: shop.events.now(), ms: fault.warmMs ?? 1, factor: fault.warmFactor };
  } else if (fault.kind === 'hole') shop.hole = false;
  else if (fault.kind === 'slow') shop.slow = 1;
  else if (fault.kind === 'errors') shop.errors = 0;
  else if (fault.kind === 'capacity') {
    shop.servers = shop.scenario.servers;
    drain(shop);
  }
}
