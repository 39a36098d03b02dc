/**
 * Isolates, a companion and a network between them on a virtual clock: the test delivers, duplicates, delays or loses
 * every message and every answer.
 */
import type { RateLimitSettings } from '../../lib/config/types.ts';
import type { LeaseAnswer, LeaseAsk, LeaseRequest } from '../../lib/limits/lease-messages.ts';
import {
  createLeases,
  createLink,
  failAsk,
  nextAsk,
  receiveGrant,
  returnIdle,
  takeAlone,
  takeToken,
  useCounter,
} from '../../lib/limits/shared-limit.ts';
import type { LeaseCounter, LeaseLink, Leases, LeaseSettings } from '../../lib/limits/shared-limit.ts';
import { answerLeases } from '../../lib/companion/leases.ts';
import type { CompanionState } from '../../lib/companion/leases.ts';
import { createWindows, flushWindows } from '../../lib/companion/windows.ts';
import type { WindowStorage } from '../../lib/companion/windows.ts';

export type Windows = RateLimitSettings['windows'];

export interface Isolate {
  readonly name: string;
  readonly leases: Leases;
  readonly link: LeaseLink;
  readonly waiting: { readonly counter: LeaseCounter; turns: number }[];
  /** Difference of its clock from the true time. */
  skew: number;
  session: string;
  sequence: number;
}
export interface Message {
  readonly from: Isolate;
  readonly request: LeaseRequest;
  /** The counter that sent it; null for what idle counters return. */
  readonly counter: LeaseCounter | null;
}
export interface Answer extends Message {
  readonly answer: LeaseAnswer;
}
export interface World {
  readonly settings: LeaseSettings;
  readonly windows: Windows;
  readonly storage: WindowStorage;
  readonly isolates: Isolate[];
  readonly messages: Message[];
  readonly answers: Answer[];
  /** Requests admitted in each window. */
  readonly passed: Map<string, number>;
  companion: CompanionState;
  now: number;
  companionSkew: number;
  names: number;
}

/** Marks and floors in maps: what survives a crash. */
export function mapStorage(): WindowStorage {
  const marks = new Map<string, { mark: number; ends: number; start: number; length: number }>();
  const floors = new Map<number, number>();
  return {
    readMark: (id) => marks.get(id)?.mark,
    writeMark: ({ id, start, length }, mark) =>
      void marks.set(id, { mark, ends: start + length, start, length }),
    readFloors: () => floors,
    writeFloor: (length, floor) => void floors.set(length, floor),
    deleteMarks: (endedBefore) => {
      for (const [id, { ends, start, length }] of marks) {
        if (ends >= endedBefore) continue;
        floors.set(length, Math.max(floors.get(length) ?? 0, start + 1));
        marks.delete(id);
      }
    },
  };
}

export function createWorld(settings: LeaseSettings, windows: Windows, isolates: number, now: number): World {
  const storage = mapStorage();
  const world: World = {
    settings,
    windows,
    storage,
    now,
    isolates: [],
    messages: [],
    answers: [],
    passed: new Map(),
    companionSkew: 0,
    names: 0,
    companion: undefined as never,
  };
  crashCompanion(world);
  for (let i = 0; i < isolates; i++) world.isolates.push(createIsolate(world));
  return world;
}

function createIsolate(world: World): Isolate {
  const leases = createLeases(world.settings, 8);
  return {
    name: `isolate ${world.names++}`,
    leases,
    link: createLink(),
    waiting: [],
    skew: 0,
    session: '',
    sequence: 0,
  };
}

/** Loses what is in memory; what was persisted remains. */
export function crashCompanion(world: World): void {
  const incarnation = world.names++;
  let sessions = 0;
  world.companion = {
    peers: new Map(),
    windows: createWindows(world.storage, world.now + world.companionSkew, 6),
    newSession: () => `${incarnation}.${sessions++}`,
  };
}

export function killIsolate(world: World, index: number): void {
  world.isolates[index] = createIsolate(world);
}

export function flushCompanion(world: World): void {
  flushWindows(world.companion.windows, world.now + world.companionSkew);
}

const clockOf = (world: World, isolate: Isolate): number => Math.max(0, world.now + isolate.skew);

export function request(world: World, isolate: Isolate, key: string): void {
  const now = clockOf(world, isolate);
  const counter = useCounter(isolate.leases, key, world.windows, isolate.link, now);
  const lease = takeToken(isolate.leases, counter, now);
  if (lease === 'wait') {
    counter.waiting++;
    isolate.waiting.push({ counter, turns: 0 });
  } else settle(world, counter, lease === 'pass');
  ask(world, isolate, counter);
}

function settle(world: World, counter: LeaseCounter, passes: boolean): void {
  if (!passes) return;
  counter.windows.forEach(({ period, start }) => {
    const id = `${counter.key} ${period} ${start}`;
    world.passed.set(id, (world.passed.get(id) ?? 0) + 1);
  });
}

function ask(world: World, isolate: Isolate, counter: LeaseCounter): void {
  const waits = isolate.waiting.some((one) => one.counter === counter);
  const message = nextAsk(isolate.leases, counter, clockOf(world, isolate), waits);
  if (message !== null) post(world, isolate, [message], counter);
}

function post(world: World, isolate: Isolate, asks: LeaseAsk[], counter: LeaseCounter | null): void {
  const { name, session } = isolate;
  const request: LeaseRequest = { isolate: name, session, sequence: ++isolate.sequence, asks };
  world.messages.push({ from: isolate, request: structuredClone(request), counter });
  sent.set(request.sequence + name, asks);
}
/** The original asks, which the client compares by identity; a copy is sent. */
const sent = new Map<string, LeaseAsk[]>();

const askOf = ({ request }: Message): LeaseAsk | undefined =>
  sent.get(request.sequence + request.isolate)?.[0];

/** Delivers a message to the companion. `stays`: a duplicate will be delivered later. */
export function deliver(world: World, index: number, stays: boolean): void {
  const message = world.messages[index];
  if (message === undefined) return;
  if (!stays) world.messages.splice(index, 1);
  const answer = answerLeases(world.companion, message.request, world.now + world.companionSkew);
  world.answers.push({ ...message, answer: structuredClone(answer) });
}

/** Delivers an answer to its isolate, even if that no longer exists. */
export function deliverAnswer(world: World, index: number, stays: boolean): void {
  const found = world.answers[index];
  if (found === undefined) return;
  if (!stays) world.answers.splice(index, 1);
  const { from, counter, answer } = found;
  from.session = answer.session;
  from.link.isolates = Math.max(1, answer.isolates);
  const message = askOf(found);
  const [grant] = answer.grants;
  if (counter === null || message === undefined || grant === undefined) return;
  receiveGrant(counter, message, grant, clockOf(world, from));
  serve(world, from, counter);
}

/** An isolate's first open ask times out. */
export function timeOut(world: World, isolate: Isolate): void {
  for (const counter of isolate.leases.counters.values()) {
    if (counter.ask === null) continue;
    failAsk(counter, counter.ask.message, clockOf(world, isolate));
    serve(world, isolate, counter);
    return;
  }
}

function serve(world: World, isolate: Isolate, counter: LeaseCounter): void {
  const { waiting, leases } = isolate;
  for (const one of waiting.filter((each) => each.counter === counter)) {
    const now = clockOf(world, isolate);
    const lease = takeToken(leases, counter, now);
    if (lease === 'wait' && one.turns++ < 8) continue;
    waiting.splice(waiting.indexOf(one), 1);
    const last = lease === 'wait' ? takeAlone(leases, counter) : lease;
    settle(world, counter, last === 'pass');
  }
  ask(world, isolate, counter);
}

export function giveBackIdle(world: World, isolate: Isolate): void {
  const asks = returnIdle(isolate.leases, isolate.link, clockOf(world, isolate));
  if (asks.length > 0) post(world, isolate, asks, null);
}

/** Delivers everything, in order, until nothing is in flight. */
export function settleNetwork(world: World): void {
  while (world.messages.length + world.answers.length > 0) {
    while (world.messages.length > 0) deliver(world, 0, false);
    while (world.answers.length > 0) deliverAnswer(world, 0, false);
  }
}

/** The usage of the fullest window as a share of its limit; more than 1 exceeds it. */
export function fullest(world: World): number {
  let most = 0;
  for (const [id, count] of world.passed) {
    const limit = world.windows.find(({ period }) => id.includes(` ${period} `))?.limit ?? 0;
    most = Math.max(most, count / limit);
  }
  return most;
}
