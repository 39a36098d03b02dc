/** What stands in for the machine of attempts where every pool races, beside the machine itself: the same stories, told to both. */
import t from 'tap';
import * as whole from '../../lib/attempts.ts';
import { BALANCE_FIELDS } from '../../lib/check-balance.ts';
import * as lean from '../../tools/stand-ins/race-only.ts';
import { ROOMS } from '../../tools/rooms.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { poolSettings, START } from '../support/story.ts';

type Machine = Pick<typeof whole, 'createPool' | 'beginJourney' | 'nextMove' | 'settle' | 'probed'>;
const MACHINES: readonly Machine[] = [whole, lean as unknown as Machine];

/** What each attempt at an origin comes to, and when; `probe`: when its answer to a question comes, and whether it is good. */
interface Fate {
  readonly outcome: whole.Outcome;
  readonly status: number;
  readonly ms: number;
  readonly probe: { readonly good: boolean; readonly ms: number };
}
interface Told {
  /** "answer 200 from 1" or "refuse origin_timeout". */
  readonly end: string;
  readonly ms: number;
  /** How often each origin was asked. */
  readonly asked: number[];
  readonly cancelled: number;
}

/** One request to a fresh pool, on a virtual clock. */
function play(machine: Machine, fates: readonly Fate[], facts: whole.Facts, dice: () => number): Told {
  const settings = poolSettings(fates.length, { balance: 'race', timeoutMs: 1000, totalTimeoutMs: 2500 });
  const pool = machine.createPool(settings, dice);
  let now = START;
  const journey = machine.beginJourney(pool, facts, now, dice);
  const events: { at: number; run: () => void }[] = [];
  const asked = fates.map(() => 0);
  let cancelled = 0;
  for (let steps = 0; steps < 200; steps++) {
    const move = machine.nextMove(journey, now, dice);
    if (move.do === 'send') {
      const { attempt } = move;
      const { outcome, status, ms } = fates[attempt.origin]!;
      asked[attempt.origin]!++;
      events.push({ at: now + ms, run: () => machine.settle(journey, attempt, outcome, status, now, dice) });
    } else if (move.do === 'cancel') cancelled++;
    else if (move.do === 'probe')
      for (const origin of move.origins) {
        const { good, ms } = fates[origin]!.probe;
        const run = () => machine.probed(pool, journey, origin, good, ms, now, dice, undefined, move.purpose);
        events.push({ at: now + ms, run });
      }
    else if (move.do === 'wait') {
      events.sort((a, b) => a.at - b.at);
      const next = events[0] && events[0].at <= move.until ? events.shift() : undefined;
      now = next?.at ?? move.until;
      next?.run();
    } else {
      const end =
        move.do === 'refuse'
          ? `refuse ${move.reason}`
          : `answer ${move.attempt.status} from ${move.attempt.origin}`;
      return { end, ms: now - START, asked, cancelled };
    }
  }
  throw new Error('no end of it');
}

const OUTCOMES: readonly (readonly [whole.Outcome, number])[] = [
  ...[200, 404, 101].map((status) => ['ok', status] as const),
  ...[500, 501, 505].map((status) => ['error', status] as const),
  ...([
    ['gateway', 502],
    ['shed', 503],
    ['shed', 429],
    ['gateway', 504],
    ['timeout', 522],
  ] as const),
  ...([
    ['lost', 0],
    ['lost', 520],
    ['unsent', 521],
    ['unsent', 530],
  ] as const),
];
const SAFE = { safe: true, repeatable: true, replayable: true, hash: null };

const inKind = (end: string): string => end.split(' ')[0]!;
const total = (asked: readonly number[]): number => asked.reduce((sum, count) => sum + count, 0);

t.test('safe requests end alike, at the same moment, whatever the origins do', async (t) => {
  const dice = seededRandom(7);
  const pick = (most: number): number => Math.floor(dice() * most);
  for (let i = 0; i < 3000; i++) {
    const fates = Array.from({ length: 1 + pick(6) }, (_, at): Fate => {
      const [outcome, status] = OUTCOMES[pick(OUTCOMES.length)]!;
      // Now and then one that says nothing in time; never two at the same moment.
      return { outcome, status, ms: 8 * pick(160) + at + 1, probe: { good: true, ms: 1 } };
    });
    const [one, other] = MACHINES.map((machine) => play(machine, fates, SAFE, () => 0.5));
    const story = JSON.stringify({ fates, one, other });
    const good = fates.some(({ outcome, status, ms }) => ms < 1000 && (outcome === 'ok' || status === 429));
    // Which of several bad ends is told is chance in both; and the whole may hedge a repetition.
    if (good) t.same(other, one, story);
    else t.equal(inKind(other!.end), inKind(one!.end), story);
    t.ok(total(other!.asked) <= total(one!.asked), story);
  }
});

t.test(
  'unsafe requests go to the first to answer the question, and out again only where that is harmless',
  async (t) => {
    const dice = seededRandom(11);
    const pick = (most: number): number => Math.floor(dice() * most);
    for (let i = 0; i < 3000; i++) {
      const fates = Array.from({ length: 1 + pick(4) }, (_, at): Fate => {
        const [outcome, status] = OUTCOMES[pick(OUTCOMES.length)]!;
        return { outcome, status, ms: 1 + pick(1300), probe: { good: dice() < 0.7, ms: 10 * at + 5 } };
      });
      const replayable = dice() < 0.7;
      const facts = { safe: false, repeatable: replayable && dice() < 0.5, replayable, hash: null };
      const [one, other] = MACHINES.map((machine) => play(machine, fates, facts, () => 0.5));
      const story = JSON.stringify({ facts, fates, one, other });
      const winner = fates.findIndex(({ probe }) => probe.good);
      if (winner >= 0) t.ok(other!.asked[winner]! > 0, story);
      if (!facts.repeatable) {
        const delivered = other!.asked.filter((count, at) => count > 0 && fates[at]!.outcome !== 'unsent');
        t.ok(total(delivered) <= 1, `never delivered twice: ${story}`);
      }
      // Whom it is sent to next is chance, beyond the winner of the question; with one origin there is none.
      if (fates.length === 1 || (winner >= 0 && total(one!.asked) === 1)) t.same(other, one, story);
      t.ok(total(other!.asked) <= 3, story);
    }
  },
);

t.test('the winner of a question is taken for ten seconds, unless it fails', async (t) => {
  const settings = poolSettings(2, { balance: 'race' });
  const facts = { ...SAFE, safe: false, repeatable: false };
  const first = (pool: ReturnType<typeof lean.createPool>, now: number) => {
    const journey = lean.beginJourney(pool, facts, now, () => 0);
    return { journey, move: lean.nextMove(journey, now, () => 0) };
  };
  const pool = lean.createPool(settings);
  const asking = first(pool, START);
  t.match(asking.move, { do: 'probe', purpose: 'race', path: '/', method: 'HEAD', timeoutMs: 3000 });
  lean.probed(pool, asking.journey, 1, true, 20, START + 20);
  lean.probed(pool, asking.journey, 0, true, 30, START + 30);
  t.match(
    lean.nextMove(asking.journey, START + 30, () => 0),
    { do: 'send', attempt: { origin: 1 } },
  );
  const held = first(pool, START + 9000);
  t.match(held.move, { do: 'send', attempt: { origin: 1 } });
  t.equal(first(pool, START + 10_020).move.do, 'probe', 'then it is asked anew');
  lean.settle(held.journey, held.journey.last!, 'lost', 0);
  t.equal(first(pool, START + 9001).move.do, 'probe', 'a winner that fails is none');
});

t.test('weight 0 drains, six are asked at once, and with nobody to ask the pool refuses', async (t) => {
  const moves = (weights: readonly number[]) => {
    const pool = lean.createPool(
      poolSettings(
        weights.map((weight) => ({ weight })),
        { balance: 'race' },
      ),
    );
    const journey = lean.beginJourney(pool, SAFE, START, () => 0.5);
    const list: string[] = [];
    while (!/wait|refuse/.test(list.at(-1) ?? '')) {
      const move = lean.nextMove(journey, START, () => 0.5);
      list.push(
        move.do === 'send'
          ? `send ${move.attempt.origin}`
          : move.do === 'refuse'
            ? `refuse ${move.reason}`
            : move.do,
      );
    }
    return list;
  };
  t.same(moves([0, 1, 0]), ['send 1', 'wait']);
  t.equal(moves([1, 1, 1, 1, 1, 1, 1, 1]).length, 7);
  t.same(moves([0]), ['refuse no_origin']);
});

t.test('every setting that the stand-in does not heed keeps the whole machine in', async (t) => {
  const settings = Object.keys(BALANCE_FIELDS);
  t.same(
    settings.filter((setting) => !ROOMS['attempts']?.enteredBy.includes(setting)),
    [],
  );
});
