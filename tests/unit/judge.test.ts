import t from 'tap';
import { noteReading } from '../../lib/attempts.ts';
import type { Outcome } from '../../lib/attempts.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tellStory } from '../support/story.ts';
import type { Story } from '../support/story.ts';

const ejected = (story: Story): number[] =>
  story.pool.origins.flatMap((origin, i) => (origin.ejected ? [i] : []));
/** The first attempt goes to `origin`, and ends so. */
function fails(story: Story, origin: number, outcome: Outcome, others: Outcome = 'ok', facts = {}): void {
  story.pool.origins.forEach((one, i) => Object.assign(one, { samples: 9, latency: i === origin ? 10 : 90, floor: 10, mean: 10, deviation: 1, learntAt: story.now() })); // prettier-ignore
  const told = story.begin(facts);
  told.run(5, Object.fromEntries(story.pool.origins.map((_, i) => [i, i === origin ? outcome : others])));
}

t.test(
  'what ejects: a failure to connect or a timeout at once, gateway errors and proven 500s three in a row, 503 never',
  async (t) => {
    const rows: [Outcome, number][] = [['lost', 1], ['unsent', 1], ['timeout', 1], ['gateway', 3], ['error', 3], ['shed', Infinity]]; // prettier-ignore
    for (const [outcome, needed] of rows) {
      const story = tellStory(2);
      let failures = 0;
      while (ejected(story).length === 0 && failures < 30) {
        story.pool.origins[0]!.failing = 0;
        fails(story, 0, outcome);
        failures++;
        story.pass(2000);
      }
      t.equal(failures === 30 ? Infinity : failures, needed, outcome);
    }
  },
);

t.test('a 500 that the other origin gives too blames the request: nobody is charged', async (t) => {
  const story = tellStory(3);
  for (let i = 0; i < 40; i++) {
    story.pool.retryBudget.tokens = 5;
    fails(story, i % 3, 'error', 'error');
  }
  t.strictSame(ejected(story), []);
  t.ok(story.pool.origins.every((origin) => origin.failing === 0));
});

t.test('a blamed request is not tried a third time', async (t) => {
  const story = tellStory(4, { retries: 3 });
  const get = story.begin();
  t.match(get.run(5, { 0: 'error', 1: 'error', 2: 'error', 3: 'error' }), 'answer');
  t.equal(get.asked().length, 2);
});

t.test('500s that nothing can be compared with eject after five in a row', async (t) => {
  const story = tellStory(2);
  for (let i = 1; i <= 5; i++) {
    t.strictSame(ejected(story), []);
    fails(story, 0, 'error', 'ok', { safe: false });
  }
  t.strictSame(ejected(story), [0]);
});

t.test('failures teach no speed: an origin that fails fast does not look fast', async (t) => {
  const story = tellStory(2);
  fails(story, 0, 'shed');
  t.equal(story.pool.origins[0]!.samples, 9);
  t.equal(story.pool.origins[0]!.failures, 1);
});

t.test('a copy that wins after a third of a second of silence ejects the silent one', async (t) => {
  for (const [silent, out] of [
    [250, []],
    [350, [0]],
  ] as const) {
    const story = tellStory(2, { hedge: { afterMs: 100, budgetPercent: 3 } });
    story.pool.origins.forEach((one, i) => Object.assign(one, { samples: 9, latency: 10 + i, floor: 10, mean: 10, deviation: 1, learntAt: story.now() })); // prettier-ignore
    const get = story.begin();
    get.moves();
    story.pass(100);
    get.moves();
    story.pass(silent - 100);
    get.settle(1, 'ok');
    t.strictSame(get.moves(), ['cancel 0', 'answer 1']);
    t.strictSame(ejected(story), out, `${silent} ms`);
  }
});

t.test('a late success of an ejected origin, not its trial, does not bring it back', async (t) => {
  const story = tellStory(2);
  const [one, two] = [story.begin(), story.begin()];
  one.moves();
  const origin = one.asked()[0]!;
  story.pool.origins[1 - origin]!.pending.push(...Array(9).fill(story.now()));
  two.moves();
  t.equal(two.asked()[0], origin, 'both ask the same');
  one.settle(origin, 'lost');
  two.settle(origin, 'ok');
  t.strictSame(ejected(story), [origin]);
});

t.test('the operator may say what counts, and that successes do not clear it', async (t) => {
  const on = { unreachable: false, timeout: true, statuses: [429, 503] };
  const outlier = {
    consecutiveFailures: 2,
    ejectSeconds: 10,
    maxEjectSeconds: 10,
    on,
    unreachableFailures: null,
    timeoutFailures: null,
    cumulative: true,
  };
  const story = tellStory(2, { outlier });
  fails(story, 0, 'lost');
  t.strictSame(ejected(story), []);
  fails(story, 0, 'shed');
  fails(story, 0, 'ok');
  story.pass(2000);
  fails(story, 0, 'shed');
  t.strictSame(ejected(story), [0]);
});

t.test('each kind of failure may have a count of its own', async (t) => {
  const on = { unreachable: true, timeout: true, statuses: [500] };
  const outlier = {
    consecutiveFailures: 7,
    ejectSeconds: 10,
    maxEjectSeconds: 10,
    on,
    unreachableFailures: 3,
    timeoutFailures: 1,
    cumulative: true,
  };
  const lost = tellStory(2, { outlier });
  for (let i = 0; i < 2; i++) fails(lost, 0, 'lost');
  t.strictSame(ejected(lost), []);
  fails(lost, 0, 'lost');
  t.strictSame(ejected(lost), [0]);
  const late = tellStory(2, { outlier });
  fails(late, 0, 'timeout');
  t.strictSame(ejected(late), [0]);
});

t.test('outlier off never ejects, whatever comes', async (t) => {
  const off = {
    consecutiveFailures: Infinity,
    ejectSeconds: 0,
    maxEjectSeconds: 0,
    on: null,
    unreachableFailures: null,
    timeoutFailures: null,
    cumulative: false,
  };
  const story = tellStory(3, { outlier: off }, seededRandom(1));
  for (let i = 0; i < 60; i++)
    fails(story, i % 3, (['lost', 'error', 'timeout', 'gateway'] as const)[i % 4]!, i % 2 ? 'ok' : 'lost');
  t.strictSame(ejected(story), []);
});

t.test('a load number on any answer counts', async (t) => {
  const load = { path: '/load', pointer: null, header: 'x-load', intervalSeconds: 5 };
  const story = tellStory(2, { balance: 'least-load', load });
  noteReading(story.pool, 0, 7, story.now());
  noteReading(story.pool, 1, 3, story.now());
  t.strictSame(story.requests(3), [1, 1, 1]);
});

for (const balance of [
  'adaptive',
  'latency',
  'round-robin',
  'random',
  'least-connections',
  'consistent-hash',
  'least-load',
] as const)
  for (const outcome of ['shed', 'error', 'gateway', 'lost'] as const)
    t.test(
      `${balance}: one of three always ends as "${outcome}", and of 1000 safe requests none is lost`,
      async (t) => {
        const story = tellStory(3, { balance }, seededRandom(1));
        let sent = 0;
        for (let i = 0; i < 1000; i++) {
          const told = story.begin({ hash: `caller ${i}` });
          const last = told.run(8, { 1: outcome });
          sent += told.asked().length;
          if (last === 'answer 1' || last.startsWith('refuse')) t.fail(`request ${i}: ${last}`);
        }
        // Three in a row and trials after 2, 4, 8 s; by score hardly any.
        t.ok(sent <= 1060, `${sent} sent`);
      },
    );
