/**
 * Leases: which isolate may spend how many tokens of which window.
 *
 * No window's tokens are granted twice, whatever happens to messages, isolates, this object and clocks:
 *   - returned tokens count only in a message that was not counted before (peers.ts);
 *   - windows of an hour and more are on disk before the answer is sent, so that a crash loses no grant;
 *   - shorter ones are in memory. A floor, on disk, is above every such window that was ever started: a window below it
 *     that is not in memory is unknown, and unknown windows grant nothing;
 *   - a window that a full table has no room for is unknown too.
 *
 * Chunks are sized as in guided self-scheduling (Polychronopoulos and Kuck, 1987): waiting requests get all that is
 * left; tokens requested ahead of need get at most an equal share, among the isolates that asked recently, of half of
 * what is left. So the last tokens of a window are granted one by one. Rejected: shares of a rate, as Doorman and
 * Envoy's RLQS assign them, which leave up to 39 % of small limits unused.
 */
import type { LeaseAsk, LeaseGrant, LeaseWindow } from '../limits/lease-messages.ts';

const HOUR_MS = 3_600_000;
/** Isolates ask for the next second or minute shortly before it starts, and their clocks differ. */
const AHEAD_MS = 2000;
/**
 * How far above the latest short window the floor is set, which makes one write per this many ms. After a restart every
 * window that started before the floor is unknown.
 */
const FLOOR_STEP_MS = 5000;
/** How often the exact count is written, in ms. */
export const FLUSH_MS = 1000;
/** Age after the end at which a window's row is deleted; a year may be a day longer than its nominal length. */
const DELETE_AFTER_MS = 48 * HOUR_MS;

/** State that outlives this object. Calls return when it is safe to answer. */
export interface WindowStorage {
  /** Upper bound of the tokens granted of a window; undefined if none ever were. */
  readonly readMark: (id: string) => number | undefined;
  readonly writeMark: (window: Window, mark: number) => void;
  /** By length. */
  readonly readFloors: () => Iterable<readonly [length: number, floor: number]>;
  readonly writeFloor: (length: number, floor: number) => void;
  /** Deletes marks of windows that ended before this time and raises the floors of their lengths above them. */
  readonly deleteMarks: (endedBefore: number) => void;
}

export interface Window extends Omit<LeaseWindow, 'limit'> {
  readonly id: string;
  /** Tokens granted, less those returned. */
  given: number;
  /**
   * Of these, granted ahead of need and not yet reported as spent. Only a hint: an isolate that dies reports nothing.
   */
  held: number;
  /** The count on disk, never less than `given`. Unused for windows in memory. */
  mark: number;
  /** When the mark was written, and `given` at that time. */
  markedAt: number;
  givenAtMark: number;
  /** Isolates that asked since `countedAt`, and their number in the period before. */
  askers: Set<string>;
  askersBefore: number;
  countedAt: number;
}

export interface WindowTable {
  readonly storage: WindowStorage;
  readonly capacity: number;
  readonly windows: Map<string, Window>;
  /** By length: a window that started before its floor is unknown unless it is in the table or on disk. */
  readonly floors: Map<number, number>;
  /** By length, the floor that a restarted object will read. */
  readonly floorsOnDisk: Map<number, number>;
  /** Windows whose mark may differ from `given`. */
  readonly unsaved: Set<Window>;
  /** The table is swept when it reaches this size, at most once a second. */
  sweepAt: number;
  sweptAt: number;
  deletedAt: number;
}

const UNKNOWN: LeaseGrant = { unknown: true, granted: 0, room: [], full: -1, held: 0 };
const LEAST_SWEEP = 1000;

/** `capacity`: most windows in memory, about 500 bytes each. */
export function createWindows(storage: WindowStorage, now: number, capacity = 100_000): WindowTable {
  // A floor hours ahead was written by a wrong clock, and would block its windows for as long.
  const floors = [...storage.readFloors()].filter(([, floor]) => floor < now + HOUR_MS);
  return {
    storage,
    capacity,
    windows: new Map(),
    floors: new Map(floors),
    floorsOnDisk: new Map(floors),
    unsaved: new Set(),
    sweepAt: Math.min(LEAST_SWEEP, capacity),
    sweptAt: 0,
    deletedAt: now,
  };
}

const isKept = ({ length }: Pick<Window, 'length'>): boolean => length >= HOUR_MS;

function raise(floors: Map<number, number>, length: number, floor: number): void {
  floors.set(length, Math.max(floor, floors.get(length) ?? 0));
}

/** Null if its count is unknown, or if the isolate's clock is ahead. */
function findWindow(table: WindowTable, key: string, asked: LeaseWindow, now: number): Window | null {
  const { start, length } = asked;
  const id = `${key}\n${length}\n${start}`;
  const known = table.windows.get(id);
  if (known !== undefined) return known;
  if (start > now + AHEAD_MS) return null;
  const mark = isKept(asked) ? table.storage.readMark(id) : undefined;
  if (mark === undefined && start < (table.floors.get(length) ?? 0)) return null;
  if (table.windows.size >= table.capacity) return null;
  if (!isKept(asked)) liftFloorOnDisk(table, asked);
  const given = mark ?? 0;
  const window: Window = {
    id,
    start,
    length,
    given,
    held: 0,
    mark: given,
    markedAt: 0,
    givenAtMark: given,
    askers: new Set(),
    askersBefore: 0,
    countedAt: now,
  };
  table.windows.set(id, window);
  return window;
}

function liftFloorOnDisk({ floorsOnDisk, storage }: WindowTable, { start, length }: LeaseWindow): void {
  if (start < (floorsOnDisk.get(length) ?? 0)) return;
  const floor = start - (start % FLOOR_STEP_MS) + FLOOR_STEP_MS;
  floorsOnDisk.set(length, floor);
  storage.writeFloor(length, floor);
}

/** Drops windows that have ended, and those whose exact count is on disk. */
function sweep(table: WindowTable, now: number): void {
  for (const [id, window] of table.windows) {
    const { start, length, given, mark } = window;
    if (isKept(window) ? given !== mark : start + length + AHEAD_MS > now) continue;
    table.windows.delete(id);
    if (!isKept(window)) raise(table.floors, length, start + 1);
  }
  table.sweepAt = Math.min(table.capacity, Math.max(LEAST_SWEEP, 2 * table.windows.size));
  table.sweptAt = now;
}

/**
 * Answers one ask of one isolate. `fresh`: this message was not counted before. A debt (negative `back`) always counts:
 * to count it twice is safe.
 */
export function grantLease(
  table: WindowTable,
  ask: LeaseAsk,
  isolate: string,
  fresh: boolean,
  now: number,
): LeaseGrant {
  // Before the look-ups: an ask must not count in a window that the sweep then drops.
  if (table.windows.size >= table.sweepAt && Math.abs(now - table.sweptAt) > FLUSH_MS) sweep(table, now);
  const windows: Window[] = [];
  for (const asked of ask.windows) {
    const window = findWindow(table, ask.key, asked, now);
    if (window === null) return UNKNOWN;
    windows.push(window);
  }
  const rests = windows.map((window, i) => {
    const back = ask.back[i] ?? 0;
    const counted = fresh || back < 0 ? back : 0;
    window.given = Math.max(0, window.given - counted);
    window.held = Math.max(0, window.held - (fresh ? ask.spent : 0) - Math.max(0, counted));
    return Math.max(0, (ask.windows[i]?.limit ?? 0) - window.given);
  });
  const share = Math.max(...windows.map((window) => countAskers(window, isolate, now)));
  const least = Math.min(...rests);
  const granted = Math.min(least, Math.max(ask.need, Math.min(ask.want, Math.ceil(least / (2 * share)))));
  windows.forEach((window, i) => {
    window.given += granted;
    window.held += Math.max(0, granted - ask.need);
    if (isKept(window)) save(table, window, ask.windows[i]?.limit ?? 0, now);
  });
  const full = rests.lastIndexOf(0);
  return {
    unknown: false,
    granted,
    room: rests.map((rest) => rest - granted),
    full,
    held: windows[full]?.held ?? 0,
  };
}

/** Number of isolates that asked for this window recently, this one included. */
function countAskers(window: Window, isolate: string, now: number): number {
  const period = Math.min(20_000, Math.max(250, window.length / 10));
  const age = now - window.countedAt;
  if (age < 0 || age >= period) {
    window.askersBefore = age < 2 * period ? window.askers.size : 0;
    window.askers = new Set();
    window.countedAt = now;
  }
  return Math.max(window.askers.add(isolate).size, window.askersBefore);
}

/**
 * Writes the mark ahead of the count by what was granted in the second before, so that a busy window is written twice a
 * second and not with every grant. A crash loses at most that many tokens.
 */
function save(table: WindowTable, window: Window, limit: number, now: number): void {
  table.unsaved.add(window);
  if (window.given <= window.mark) return;
  const pace = now - window.markedAt < FLUSH_MS ? window.given - window.givenAtMark : 0;
  writeMark(table, window, Math.max(window.given, Math.min(limit, window.given + pace)), now);
}

function writeMark(table: WindowTable, window: Window, mark: number, now: number): void {
  window.mark = mark;
  window.markedAt = now;
  window.givenAtMark = window.given;
  table.storage.writeMark(window, mark);
}

/**
 * Writes the exact counts. Call it FLUSH_MS after a grant that left `unsaved` windows. Once an hour it also deletes
 * ended windows.
 */
export function flushWindows(table: WindowTable, now: number): void {
  for (const window of table.unsaved)
    if (window.mark !== window.given) writeMark(table, window, window.given, now);
  table.unsaved.clear();
  if (Math.abs(now - table.deletedAt) < HOUR_MS) return;
  table.deletedAt = now;
  sweep(table, now);
  table.storage.deleteMarks(now - DELETE_AFTER_MS);
  for (const [length, floor] of table.storage.readFloors())
    if (length >= HOUR_MS) raise(table.floors, length, floor);
}

/** When the last of the windows in memory ends: until then the object must not hibernate. */
export function awakeUntil(ask: LeaseAsk): number {
  return Math.max(0, ...ask.windows.map((window) => (isKept(window) ? 0 : window.start + window.length)));
}
