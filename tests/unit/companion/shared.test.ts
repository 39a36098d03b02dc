import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT, smallestSize } from '../../../cli/build/build.ts';
import { keepBoard } from '../../../lib/companion/boards.ts';
import type { LeaseAnswer } from '../../../lib/limits/lease-messages.ts';
import worker from '../../../lib/companion/shared.ts';
import { askOf, isolateOf, newDisk, startCompanion, windowOf } from '../../support/companion.ts';
import type { Companion } from '../../support/companion.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const granted = ({ grants }: LeaseAnswer): number[] => grants.map((grant) => grant.granted);

t.test('tokens of a window are given out once, the last of it one by one', async (t) => {
  const companion = startCompanion(newDisk());
  const [ann, bob] = ['ann', 'bob'].map((name) => isolateOf(() => companion, name));
  const window = windowOf(DAY, 10, Date.now());
  const much = askOf([window], { need: 0, want: 100 });
  t.same(granted(await ann!(much)), [5], 'half of it, to the only one who asks');
  t.same(granted(await bob!(much)), [2], 'an equal share of half of the rest');
  t.same(granted(await bob!(askOf([window], { need: 2, want: 3 }))), [2]);
  t.same(granted(await ann!(askOf([window], { need: 5, want: 5 }))), [1], 'who waits gets all there is');
  const { grants } = await bob!(askOf([window]));
  t.match(grants, [{ unknown: false, granted: 0, room: [0], full: 0, held: 7 }]);
});

t.test('a token counts in all its windows, and the scarcest decides', async (t) => {
  const ask = isolateOf(() => companion, 'ann');
  const companion = startCompanion(newDisk());
  const now = Date.now();
  const windows = [windowOf(HOUR, 3, now), windowOf(DAY, 5, now)];
  const nine = { need: 9, want: 9 };
  t.match(await ask(askOf(windows, nine)), { grants: [{ granted: 3, room: [0, 2], full: -1 }] });
  t.match(await ask(askOf(windows)), { grants: [{ granted: 0, full: 0 }] });
  const later = [{ ...windows[0]!, start: windows[0]!.start - HOUR }, windows[1]!];
  t.match(await ask(askOf(later, nine)), { grants: [{ granted: 2, room: [1, 0] }] });
  const full = await ask(askOf(later));
  t.match(full, { grants: [{ granted: 0, full: 1 }] }, 'of two that are full the longer is told');
});

t.test('what comes back is given out again, once, and never by an unknown session', async (t) => {
  const companion = startCompanion(newDisk());
  const window = windowOf(DAY, 4, Date.now());
  const send = (session: string, sequence: number, back: number, need = 0): Promise<LeaseAnswer> => {
    const asks = [askOf([window], { need, want: need, back: [back] })];
    return companion.post('/lease', { isolate: 'ann', session, sequence, asks });
  };
  const { session } = await send('', 1, 0, 4);
  const CASES: [session: string, sequence: number, back: number, room: number, why?: string][] = [
    [session, 2, 3, 3],
    [session, 2, 3, 3, 'a doubled message'],
    [session, 4, 0, 3],
    [session, 3, 1, 4, 'one that was overtaken'],
    [session, 3, 1, 4],
    [session, 5, -2, 2, 'a debt'],
    ['other', 6, 2, 2],
    ['other', 7, -1, 1, 'a debt counts whoever tells it'],
  ];
  for (const [of, sequence, back, room, why] of CASES)
    t.match(await send(of, sequence, back), { grants: [{ room: [room] }] }, why ?? `${sequence}`);
});

t.test('after a crash long windows go on, short ones are unknown until the next begins', async (t) => {
  const disk = newDisk();
  let companion = startCompanion(disk);
  const ask = isolateOf(() => companion, 'ann');
  const now = Date.now();
  const [minute, day] = [windowOf(60_000, 100, now), windowOf(DAY, 100, now)];
  t.same(granted(await ask(askOf([minute], { need: 7 }), askOf([day], { need: 7 }))), [7, 7]);
  companion = startCompanion(disk);
  const none = askOf([day], { need: 0, want: 0 });
  const { grants } = await ask(askOf([minute]), none, askOf([day], { key: 'other' }));
  t.match(grants, [{ unknown: true }, { unknown: false, room: [93] }, { granted: 1, room: [99] }]);
  const next = { ...minute, start: minute.start + 60_000 };
  const known = (await ask(askOf([next]))).grants[0];
  t.equal(known!.unknown, next.start > Date.now() + 2000, 'the next one is known, once it is near enough');
});

t.test('a clock that is ahead gets nothing and shuts nothing', async (t) => {
  const companion = startCompanion(newDisk());
  const ask = isolateOf(() => companion, 'ann');
  const window = windowOf(HOUR, 5, Date.now());
  t.match(await ask(askOf([{ ...window, start: window.start + DAY }])), { grants: [{ unknown: true }] });
  t.same(granted(await ask(askOf([window]))), [1]);
});

t.test('revocations: what is new since the last question, and from when on they are known', async (t) => {
  const disk = newDisk();
  const companion = startCompanion(disk);
  const sha = (digit: string): string => digit.repeat(64);
  const changes = (since: number, of: Companion = companion) =>
    of.get<{ version: number; voidBefore: number; revoked: unknown[] }>(`/changes?since=${since}`);
  const born = await changes(0);
  t.match(born, { voidBefore: born.version, more: false, revoked: [] });
  t.match(await changes(born.version), { voidBefore: 0, revoked: [], version: born.version });
  const first = await companion.post<{ version: number }>('/revoke', { sha256: sha('a') });
  const second = await companion.post<{ version: number }>('/revoke', { sha256: null });
  t.ok(second.version > first.version);
  const both = [
    [sha('a'), first.version],
    [null, second.version],
  ];
  t.same(await changes(born.version), {
    version: second.version,
    more: false,
    voidBefore: 0,
    revoked: both,
  });
  t.same((await changes(first.version)).revoked, both.slice(1));
  const restarted = await changes(second.version, startCompanion(disk));
  t.match(restarted, { voidBefore: 0, revoked: [] }, 'a crash loses nothing');
  const lost = await changes(second.version - 1000, startCompanion(newDisk()));
  t.equal(lost.voidBefore, lost.version, 'a lost list');
  const never = await changes(second.version + 1e9);
  t.match(never, { voidBefore: born.version }, 'a number that was never given');
});

t.test('revocations come in pages', async (t) => {
  const companion = startCompanion(newDisk());
  const { version } = await companion.get<{ version: number }>('/changes?since=0');
  for (let i = 0; i < 1001; i++) await companion.post('/revoke', { sha256: String(i) });
  const page = await companion.get<{ version: number; revoked: unknown[] }>(`/changes?since=${version}`);
  t.match(page, { more: true, revoked: { length: 1000 } });
  t.match(await companion.get(`/changes?since=${page.version}`), { more: false, revoked: { length: 1 } });
});

t.test('the first revocation after two quiet days voids no verdict, and older ones go', async (t) => {
  const disk = newDisk();
  const companion = startCompanion(disk);
  const revoke = async (sha256: string): Promise<number> =>
    (await companion.post<{ version: number }>('/revoke', { sha256 })).version;
  const since = [await revoke('first'), await revoke('second')];
  disk.exec(`UPDATE revoked SET at = at - ${50 * HOUR}`);
  const [first, second] = since.map((at) => at - 50 * HOUR);
  await revoke('new');
  t.match(await companion.get(`/changes?since=${second}`), { voidBefore: 0, revoked: [['new', Number]] });
  t.match(await companion.get(`/changes?since=${first}`), {
    voidBefore: second,
    revoked: [
      ['second', second],
      ['new', Number],
    ],
  });
});

t.test('sums: a message counts once, the first of a session not at all', async (t) => {
  const companion = startCompanion(newDisk());
  const counts = Object.entries({ requests: 5, errors: 1 });
  const count = (isolate: string, session: string, sequence: number) =>
    companion.post<{ session: string }>('/count', { isolate, session, sequence, counts });
  const { session } = await count('ann', '', 1);
  t.match(await companion.get('/count'), { isolates: 1, sums: [] });
  await count('ann', session, 2);
  t.same(await count('ann', session, 2), { session });
  const bob = await count('bob', '', 1);
  await count('bob', bob.session, 2);
  const sums = Object.entries({ requests: 10, errors: 2 });
  t.match(await companion.get('/count'), { isolates: 2, sums });
});

t.test('what it is not asked for, and what is no JSON', async (t) => {
  const companion = startCompanion(newDisk());
  for (const path of ['/', '/lease']) t.equal((await companion.raw(path)).status, 404);
  t.equal((await companion.raw('/lease', { method: 'POST', body: '{' })).status, 400);
});

t.test('the front: a token where there is one, and an object for each shard', async (t) => {
  const asked: string[] = [];
  const SHARED_STATE = {
    idFromName: (name: string) => name,
    get: (id: string) => ({ fetch: () => (asked.push(id), new Response('yes')) }),
  } as never;
  const ask = async (query: string, token?: string, SHARED_TOKEN?: string | null): Promise<number> => {
    const headers = token === undefined ? {} : { 'x-token': token };
    const request = new Request(`http://shared/lease${query}`, { headers }) as never;
    const bindings = { SHARED_STATE, ...(SHARED_TOKEN !== undefined && { SHARED_TOKEN }) };
    return (await worker.fetch(request, bindings)).status;
  };
  t.equal(await ask('', 'any'), 200);
  t.equal(await ask('?shard=3', undefined, null), 200, 'plain workerd has null for an unset variable');
  t.equal(await ask('?shard=3', 'secret', 'secret'), 200);
  t.equal(await ask('', 'wrong', 'secret'), 403);
  t.equal(await ask('', undefined, 'secret'), 403);
  t.same(asked, ['0', '3', '3']);
});

t.test('a board says what was told last, and the ones told first go', async (t) => {
  const companion = startCompanion(newDisk());
  t.equal(await companion.get('/board?name=a'), null);
  const post = (name: string, row: number) => companion.post('/board', { name, rows: [[row]] });
  await post('a', 1);
  await post('b', 2);
  await post('a', 3);
  t.same(await companion.get('/board?name=a'), [[3]]);
  t.same(await companion.get('/board?name=b'), [[2]]);
  const boards = new Map();
  for (let i = 0; i < 10_000; i++) keepBoard(boards, { name: String(i), rows: i });
  keepBoard(boards, { name: '0', rows: 'again' });
  t.equal(keepBoard(boards, { name: 'one more', rows: 0 }), 10_000);
  t.equal(boards.get('0'), 'again');
  t.equal(boards.has('1'), false);
});

t.test('dist/shared.js takes at most 3 KB, minified and gzipped', async (t) => {
  t.ok((await smallestSize(readFileSync(`${ROOT}/dist/shared.js`, 'utf8'))) <= 3000);
});
