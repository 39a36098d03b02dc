/** The companion on Node's SQLite: leases, revocations, sums, boards, and the Worker in front of it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { smallestSize } from '../../../cli/build/build.ts';
import { ROOT } from '../../../cli/paths.ts';
import { keepBoard } from '../../../lib/companion/boards.ts';
import type { LeaseAnswer } from '../../../lib/limits/lease-messages.ts';
import worker from '../../../lib/companion/shared.ts';
import { askOf, isolateOf, newDisk, startCompanion, windowOf } from '../../support/companion.ts';
import type { Companion } from '../../support/companion.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const granted = ({ grants }: LeaseAnswer): number[] => grants.map((grant) => grant.granted);

t.test('tokens of a window are granted once, the last ones one by one', async (t) => {
  const companion = startCompanion(newDisk());
  const [ann, bob] = ['ann', 'bob'].map((name) => isolateOf(() => companion, name));
  const window = windowOf(DAY, 10, Date.now());
  const much = askOf([window], { need: 0, want: 100 });
  t.same(granted(await ann!(much)), [5], 'half of it, to the only isolate');
  t.same(granted(await bob!(much)), [2], 'an equal share of half of the rest');
  t.same(granted(await bob!(askOf([window], { need: 2, want: 3 }))), [2]);
  t.same(granted(await ann!(askOf([window], { need: 5, want: 5 }))), [1], 'a waiting request gets the rest');
  const { grants } = await bob!(askOf([window]));
  t.match(grants, [{ unknown: false, granted: 0, room: [0], full: 0, held: 7 }]);
});

t.test('a token counts in all its windows, and the scarcest decides', async (t) => {
  const companion = startCompanion(newDisk());
  const ask = isolateOf(() => companion, 'ann');
  const now = Date.now();
  const windows = [windowOf(HOUR, 3, now), windowOf(DAY, 5, now)];
  const nine = { need: 9, want: 9 };
  t.match(await ask(askOf(windows, nine)), { grants: [{ granted: 3, room: [0, 2], full: -1 }] });
  t.match(await ask(askOf(windows)), { grants: [{ granted: 0, full: 0 }] });
  const later = [{ ...windows[0]!, start: windows[0]!.start - HOUR }, windows[1]!];
  t.match(await ask(askOf(later, nine)), { grants: [{ granted: 2, room: [1, 0] }] });
  const full = await ask(askOf(later));
  t.match(full, { grants: [{ granted: 0, full: 1 }] }, 'of two full ones the longer is reported');
});

interface Changes {
  readonly version: number;
  readonly voidBefore: number;
  readonly revoked: unknown[];
}
const changesOf = (companion: Companion, since: number) => companion.get<Changes>(`/changes?since=${since}`);
const revokeAt = async (companion: Companion, sha256: string | null) =>
  (await companion.post<{ version: number }>('/revoke', { sha256 })).version;

t.test('revocations since a version, and the version before which all verdicts are void', async (t) => {
  const disk = newDisk();
  const companion = startCompanion(disk);
  const born = await changesOf(companion, 0);
  t.match(born, { voidBefore: born.version, more: false, revoked: [] });
  t.match(await changesOf(companion, born.version), { voidBefore: 0, revoked: [], version: born.version });
  const first = await revokeAt(companion, 'a');
  const second = await revokeAt(companion, null);
  t.ok(second > first);
  const revoked = [
    ['a', first],
    [null, second],
  ];
  t.same(await changesOf(companion, born.version), { version: second, more: false, voidBefore: 0, revoked });
  t.same((await changesOf(companion, first)).revoked, revoked.slice(1));
  const restarted = await changesOf(startCompanion(disk), second);
  t.match(restarted, { voidBefore: 0, revoked: [] }, 'a crash loses nothing');
  const lost = await changesOf(startCompanion(newDisk()), second - 1000);
  t.equal(lost.voidBefore, lost.version, 'the list was lost');
  const never = await changesOf(companion, second + 1e9);
  t.equal(never.voidBefore, born.version, 'an unknown version');
});

t.test('revocations are paged', async (t) => {
  const companion = startCompanion(newDisk());
  const { version } = await changesOf(companion, 0);
  for (let i = 0; i < 1001; i++) await revokeAt(companion, String(i));
  const page = await changesOf(companion, version);
  t.match(page, { more: true, revoked: { length: 1000 } });
  t.match(await changesOf(companion, page.version), { more: false, revoked: { length: 1 } });
});

t.test('the first revocation after two quiet days voids no verdict; older ones are deleted', async (t) => {
  const disk = newDisk();
  const companion = startCompanion(disk);
  const since = [await revokeAt(companion, 'first'), await revokeAt(companion, 'second')];
  disk.exec(`UPDATE revoked SET at = at - ${50 * HOUR}`);
  const [first, second] = since.map((at) => at - 50 * HOUR) as [number, number];
  const version = await revokeAt(companion, 'new');
  t.match(await changesOf(companion, second), { voidBefore: 0, revoked: [['new', version]] });
  t.match(await changesOf(companion, first), {
    voidBefore: second,
    revoked: [
      ['second', second],
      ['new', version],
    ],
  });
});

t.test('sums: a message counts once, the first of a session not at all', async (t) => {
  const companion = startCompanion(newDisk());
  const count = (isolate: string, session: string, sequence: number) =>
    companion.post<{ session: string }>('/count', { isolate, session, sequence, counts: [['requests', 5]] });
  for (const isolate of ['ann', 'bob']) {
    const { session } = await count(isolate, '', 1);
    for (const time of ['once', 'twice']) t.same(await count(isolate, session, 2), { session }, time);
  }
  t.match(await companion.get('/count'), { isolates: 2, sums: [['requests', 10]] });
});

t.test('the Worker: the token is required if set, and each shard has an object', async (t) => {
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
  const companion = startCompanion(newDisk());
  t.equal((await companion.raw('/lease')).status, 404);
  t.equal((await companion.raw('/lease', { method: 'POST', body: '{' })).status, 400);
});

t.test('a board holds what was sent last, and the oldest boards are evicted', async (t) => {
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
