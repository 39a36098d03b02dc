// lib/limits/lease-messages.ts
/**
 * The messages about limits between isolates and the companion. All are JSON; all times are ms since 1970.
 *
 * A message may be lost, duplicated, late or overtaken by a later one. Session and sequence tell the companion which of
 * an isolate's messages it has seen, so that tokens are returned, and counts added, only once.
 */

/**
 * The version of all messages, in a header of the companion's answers. An answer without it is none: it is from some
 * other Worker, or from a companion of another version.
 */
var ANSWER_HEADERS = { 'x-shared': '1' };

// lib/companion/boards.ts
/**
 * Boards of pools by name, the last write wins. In memory only, since a board is out of date within seconds anyway.
 */

/** One for each pool and data centre; beyond this the one written longest ago is dropped. */
var MOST_BOARDS = 1e4;

/** Returns the number of boards. */
function keepBoard(boards, { name, rows }) {
  boards.delete(name);
  boards.set(name, rows);
  if (boards.size > MOST_BOARDS) boards.delete(boards.keys().next().value ?? null);
  return boards.size;
}

// lib/companion/peers.ts
/**
 * Which messages of an isolate have been seen: the anti-replay window of IPsec (RFC 4303, section 3.4.3), 32 messages
 * wide.
 *
 * An isolate that is unknown, or was dropped after a minute of silence, gets a new session, and messages of an older
 * session are never fresh. So a message that arrives an hour late cannot count again, although no record of its sender
 * is left.
 */

var SILENT_MS = 6e4;
var WIDTH = 32;

/**
 * Records a message. `fresh`: nothing in it has been counted before; also false for the first message of a session.
 */
function notePeer(peers, { isolate, session, sequence }, now, newSession) {
  const peer = peers.get(isolate);
  if (peer === undefined) {
    const made = { session: newSession(), heardAt: now, top: sequence, seen: 1 };
    peers.set(isolate, made);
    return { session: made.session, fresh: false };
  }
  peer.heardAt = now;
  return { session: peer.session, fresh: session === peer.session && isUnseen(peer, sequence) };
}

function isUnseen(peer, sequence) {
  const later = sequence - peer.top;
  if (later > 0) {
    peer.seen = (later < WIDTH ? peer.seen << later : 0) | 1;
    peer.top = sequence;
    return true;
  }
  const bit = 1 << -later;
  if (-later >= WIDTH || (peer.seen & bit) !== 0) return false;
  peer.seen |= bit;
  return true;
}

/**
 * Drops isolates that have been silent for a minute. Math.abs, so that a clock set back does not retain them forever.
 */
function dropSilentPeers(peers, now) {
  for (const [isolate, { heardAt }] of peers) if (Math.abs(now - heardAt) > SILENT_MS) peers.delete(isolate);
}

// lib/companion/windows.ts
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

var HOUR_MS = 36e5;
/** Isolates ask for the next second or minute shortly before it starts, and their clocks differ. */
var AHEAD_MS = 2e3;
/**
 * How far above the latest short window the floor is set, which makes one write per this many ms. After a restart every
 * window that started before the floor is unknown.
 */
var FLOOR_STEP_MS = 5e3;
/** How often the exact count is written, in ms. */
var FLUSH_MS = 1e3;
/** Age after the end at which a window's row is deleted; a year may be a day longer than its nominal length. */
var DELETE_AFTER_MS = 48 * HOUR_MS;

var UNKNOWN = { unknown: true, granted: 0, room: [], full: -1, held: 0 };
var LEAST_SWEEP = 1e3;

/** `capacity`: most windows in memory, about 500 bytes each. */
function createWindows(storage, now, capacity = 1e5) {
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

var isKept = ({ length }) => length >= HOUR_MS;

function raise(floors, length, floor) {
  floors.set(length, Math.max(floor, floors.get(length) ?? 0));
}

/** Null if its count is unknown, or if the isolate's clock is ahead. */
function findWindow(table, key, asked, now) {
  const { start, length } = asked;
  const id = `${key}
${length}
${start}`;
  const known = table.windows.get(id);
  if (known !== undefined) return known;
  if (start > now + AHEAD_MS) return null;
  const mark = isKept(asked) ? table.storage.readMark(id) : undefined;
  if (mark === undefined && start < (table.floors.get(length) ?? 0)) return null;
  if (table.windows.size >= table.capacity) return null;
  if (!isKept(asked)) liftFloorOnDisk(table, asked);
  const given = mark ?? 0;
  const window = {
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

function liftFloorOnDisk({ floorsOnDisk, storage }, { start, length }) {
  if (start < (floorsOnDisk.get(length) ?? 0)) return;
  const floor = start - (start % FLOOR_STEP_MS) + FLOOR_STEP_MS;
  floorsOnDisk.set(length, floor);
  storage.writeFloor(length, floor);
}

/** Drops windows that have ended, and those whose exact count is on disk. */
function sweep(table, now) {
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
function grantLease(table, ask, isolate, fresh, now) {
  // Before the look-ups: an ask must not count in a window that the sweep then drops.
  if (table.windows.size >= table.sweepAt && Math.abs(now - table.sweptAt) > FLUSH_MS) sweep(table, now);
  const windows = [];
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
function countAskers(window, isolate, now) {
  const period = Math.min(2e4, Math.max(250, window.length / 10));
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
function save(table, window, limit, now) {
  table.unsaved.add(window);
  if (window.given <= window.mark) return;
  const pace = now - window.markedAt < FLUSH_MS ? window.given - window.givenAtMark : 0;
  writeMark(table, window, Math.max(window.given, Math.min(limit, window.given + pace)), now);
}

function writeMark(table, window, mark, now) {
  window.mark = mark;
  window.markedAt = now;
  window.givenAtMark = window.given;
  table.storage.writeMark(window, mark);
}

/**
 * Writes the exact counts. Call it FLUSH_MS after a grant that left `unsaved` windows. Once an hour it also deletes
 * ended windows.
 */
function flushWindows(table, now) {
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
function awakeUntil(ask) {
  return Math.max(0, ...ask.windows.map((window) => (isKept(window) ? 0 : window.start + window.length)));
}

// lib/companion/leases.ts
/**
 * Answers one message about limits: notes which isolate sent it and whether it was seen before, and grants each of its
 * asks.
 */

function answerLeases(state, request, now) {
  const { peers, windows, newSession } = state;
  dropSilentPeers(peers, now);
  const { session, fresh } = notePeer(peers, request, now, newSession);
  const grants = request.asks.map((ask) => grantLease(windows, ask, request.isolate, fresh, now));
  return { session, isolates: peers.size, grants };
}

// lib/companion/revocations.ts
/**
 * The list of revoked keys, in order of revocation. Isolates poll for the entries since their last poll.
 *
 * An entry's number is the time of its revocation. A list that is lost and started again therefore has higher numbers
 * than the old one.
 */

/** How long an isolate may be idle before its `since` is no longer known. */
var KEPT_MS = 48 * HOUR_MS;
var PAGE = 1e3;
var SELECT_PAGE = "SELECT * FROM revoked WHERE at > ? AND sha256 IS NOT '' ORDER BY at LIMIT ?";

/** A list's first entry only marks its start: a `since` from before it belongs to another list. */
function beginRevocations(sql, now) {
  if (latestRevocation(sql) === 0) sql("INSERT INTO revoked VALUES (?, '')", now);
}

function latestRevocation(sql) {
  return sql('SELECT max(at) AS at FROM revoked')[0]?.['at'] ?? 0;
}

/**
 * Returns the entry's number. The newest of the old entries is kept: without it the first revocation after two quiet
 * days would void all verdicts, since its number is the `since` of every isolate.
 */
function addRevocation(sql, sha256, now) {
  const at = Math.max(now, latestRevocation(sql) + 1);
  sql('INSERT INTO revoked VALUES (?, ?)', at, sha256);
  sql('DELETE FROM revoked WHERE at < (SELECT max(at) FROM revoked WHERE at < ?)', now - KEPT_MS);
  return at;
}

function changesSince(sql, since) {
  const oldest = sql('SELECT min(at) AS at FROM revoked')[0]?.['at'];
  const latest = latestRevocation(sql);
  const gap = since < oldest || since > latest;
  const rows = sql(SELECT_PAGE, gap ? 0 : since, PAGE);
  const version = rows.at(-1)?.['at'] ?? latest;
  return {
    version,
    more: version < latest,
    voidBefore: gap ? oldest : 0,
    revoked: rows.map((row) => [row['sha256'], row['at']]),
  };
}

// lib/companion/storage.ts
/**
 * The companion's tables in its Durable Object's SQLite. A write is on disk before any answer after it is sent.
 */

function createTables(sql) {
  sql('CREATE TABLE IF NOT EXISTS marks (id TEXT PRIMARY KEY, start INT, length INT, mark INT)');
  sql('CREATE TABLE IF NOT EXISTS floors (length INTEGER PRIMARY KEY, floor INT)');
  sql('CREATE TABLE IF NOT EXISTS revoked (at INTEGER PRIMARY KEY, sha256 TEXT)');
}

var RAISE = 'ON CONFLICT (length) DO UPDATE SET floor = max(floor, excluded.floor)';

function windowStorage(sql) {
  return {
    readMark: (id) => sql('SELECT mark FROM marks WHERE id = ?', id)[0]?.['mark'],
    writeMark: ({ id, start, length }, mark) =>
      void sql('INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)', id, start, length, mark),
    readFloors: () => sql('SELECT * FROM floors').map((row) => [row['length'], row['floor']]),
    writeFloor: (length, floor) => void sql('INSERT OR REPLACE INTO floors VALUES (?, ?)', length, floor),
    deleteMarks: (endedBefore) => {
      const ended = 'FROM marks WHERE start + length < ?';
      sql(`INSERT INTO floors SELECT length, max(start) + 1 ${ended} GROUP BY length ${RAISE}`, endedBefore);
      sql(`DELETE ${ended}`, endedBefore);
    },
  };
}

// lib/companion/sums.ts
/**
 * The sums of all isolates' counters. Nothing is stored: a restarted companion starts at 0, which Prometheus treats as
 * a counter reset.
 *
 * A message counts once (peers.ts). The first of a session counts nothing, because its counts may have been added
 * before the isolate was dropped: the answer carries the session, and the isolate sends the same counts again.
 */

/** The configuration fixes the number of series; this bounds the damage by a faulty sender. */
var MOST_SERIES = 2e4;

function createSums(now) {
  return { since: now, peers: new Map(), series: new Map() };
}

function addCounts({ peers, series }, message, now, newSession) {
  dropSilentPeers(peers, now);
  const { session, fresh } = notePeer(peers, message, now, newSession);
  if (fresh)
    for (const [name, more] of message.counts) {
      const sum = series.get(name);
      if (sum !== undefined || series.size < MOST_SERIES) series.set(name, (sum ?? 0) + more);
    }
  return { session };
}

function sumsReport({ since, peers, series }, now) {
  dropSilentPeers(peers, now);
  return { since, isolates: peers.size, sums: [...series] };
}

// lib/companion/shared.ts
/**
 * The companion: the state that all isolates of a gateway share. A separate Worker, deployed once per gateway, which
 * calls it by the service binding SHARED. One Durable Object per shard; all calls but leases go to shard 0.
 *
 *   POST /lease    {isolate, session, sequence, asks}     tokens of rate limits: a grant for each ask
 *   POST /revoke   {sha256}, null for all keys            GET /changes?since=N   what was revoked after number N
 *   POST /board    {name, rows}                           GET /board?name=X     the last rows (lib/shared/board.ts)
 *   POST /count    {isolate, session, sequence, counts}   GET /count             the sums of all isolates
 *
 * The same file runs on Cloudflare, under Miniflare and on plain workerd. Only the gateway may reach it: it has no
 * public route, and if it listens on a network, SHARED_TOKEN makes it require that token of every request.
 */

var MINUTE_MS = 6e4;

var emptyResponse = (status) => new Response(null, { status });

var Shared = class {
  sql;
  state;
  sums;
  /** By name. The content is opaque here. */
  boards = new Map();
  /** A timer that writes the exact counts is set. */
  flushing = false;
  /** Until then a timer keeps the object from hibernating. */
  awakeUntil = 0;

  constructor({ storage }) {
    const now = Date.now();
    this.sql = (text, ...values) => storage.sql.exec(text, ...values).toArray();
    createTables(this.sql);
    beginRevocations(this.sql, now);
    const windows = createWindows(windowStorage(this.sql), now);
    this.state = { peers: new Map(), windows, newSession: () => crypto.randomUUID() };
    this.sums = createSums(now);
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const body = request.method === 'POST' ? await request.json().catch(() => null) : undefined;
    if (body === null) return emptyResponse(400);
    const answer = this.answer(`${request.method} ${pathname}`, searchParams, body, Date.now());
    return answer === undefined ? emptyResponse(404) : Response.json(answer, { headers: ANSWER_HEADERS });
  }

  /** Undefined: there is nothing of that method and path. */
  answer(asked, parameters, body, now) {
    switch (asked) {
      case 'POST /lease':
        return this.lease(body, now);
      case 'POST /count':
        return addCounts(this.sums, body, now, this.state.newSession);
      case 'GET /count':
        return sumsReport(this.sums, now);
      case 'GET /board':
        return this.boards.get(parameters.get('name')) ?? null;
      case 'POST /board':
        return keepBoard(this.boards, body);
      case 'GET /changes':
        return changesSince(this.sql, Number(parameters.get('since')));
      case 'POST /revoke':
        return { version: addRevocation(this.sql, body.sha256, now) };
      default:
        return undefined;
    }
  }

  lease(request, now) {
    const answer = answerLeases(this.state, request, now);
    const { windows } = this.state;
    if (windows.unsaved.size > 0 && !this.flushing) {
      this.flushing = true;
      setTimeout(() => {
        this.flushing = false;
        flushWindows(windows, Date.now());
      }, FLUSH_MS);
    }
    // No window in memory is longer than a minute; an isolate's clock may be days ahead.
    const ends = Math.min(now + 2 * MINUTE_MS, Math.max(...request.asks.map(awakeUntil)));
    if (ends > this.awakeUntil) {
      this.awakeUntil = ends + MINUTE_MS;
      setTimeout(() => {}, this.awakeUntil - now);
    }
    return answer;
  }
};

var shared_default = {
  fetch(request, { SHARED_STATE, SHARED_TOKEN }) {
    if (SHARED_TOKEN != null && request.headers.get('x-token') !== SHARED_TOKEN) return emptyResponse(403);
    const shard = new URL(request.url).searchParams.get('shard') ?? '0';
    return SHARED_STATE.get(SHARED_STATE.idFromName(shard)).fetch(request);
  },
};
export { Shared, shared_default as default };
