import t from 'tap';
import { dropSilentPeers, notePeer, type Peers } from '../../../lib/companion/peers.ts';

function startPeers() {
  const peers: Peers = new Map();
  let sessions = 0;
  const note = (session: string, sequence: number, now = 0) =>
    notePeer(peers, { isolate: 'ann', session, sequence }, now, () => `s${sessions++}`);
  return { peers, note };
}

t.test('each message of a session is fresh once, in any order', async (t) => {
  const { note } = startPeers();
  const { session } = note('', 1);
  const CASES: [sequence: number, fresh: boolean][] = [
    [1, false],
    [2, true],
    [5, true],
    [4, true],
    [4, false],
    [3, true],
    [36, true],
    [5, false],
    [6, true],
    [6, false],
    [200, true],
    [169, true],
    [169, false],
    [168, false],
  ];
  for (const [sequence, fresh] of CASES) t.equal(note(session, sequence).fresh, fresh, String(sequence));
});

t.test('a first message, and one of another session, is never fresh', async (t) => {
  const { note } = startPeers();
  for (const [session, sequence] of [
    ['other', 7],
    ['other', 8],
    ['', 9],
  ] as const)
    t.same(note(session, sequence), { session: 's0', fresh: false });
  t.same(note('s0', 10), { session: 's0', fresh: true });
});

t.test('an isolate silent for a minute gets a new session, and old messages never count', async (t) => {
  const { peers, note } = startPeers();
  const { session } = note('', 1);
  note(session, 2, 1000);
  dropSilentPeers(peers, 61_000);
  t.equal(peers.size, 1);
  dropSilentPeers(peers, 61_001);
  t.equal(peers.size, 0);
  t.same(note(session, 1, 62_000), { session: 's1', fresh: false });
  dropSilentPeers(peers, 0);
  t.equal(peers.size, 0, 'the clock was set back');
});
