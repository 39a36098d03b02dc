import t from 'tap';
import { readLoad, reportedLoad } from '../../../lib/upstream/reported-load.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tellStory } from '../../support/story.ts';

const LOAD = { path: '/load', pointer: '', header: null, intervalSeconds: 5 };
const from = (pointer: string | null, header: string | null = null) => ({ ...LOAD, pointer, header });

t.test('a load is read from a header, a JSON pointer, or the first number of a text', async (t) => {
  const told = new Response(null, { headers: { 'x-load': '0.5' } });
  t.equal(await readLoad(told, from(null, 'x-load')), 0.5);
  t.equal(await readLoad(new Response('{"load":[0.25,1]}'), from('/load/0')), 0.25);
  t.equal(await readLoad(new Response('{"load":"1.5"}'), from('/load')), 1.5);
  t.equal(await readLoad(new Response('0.42 0.40 0.38'), from('')), 0.42);
  t.equal(await readLoad(new Response('{}'), from('/x')), undefined);
  t.equal(await readLoad(new Response(null), from(null, 'x-load')), undefined, 'no number is not zero');
});

t.test('any answer tells it in the header that the pool names, and only there', async (t) => {
  const told = new Response('9', { headers: { 'x-load': '0.5 0.4' } });
  t.equal(reportedLoad(told, from(null, 'x-load')), 0.5);
  t.equal(reportedLoad(told, from('')), undefined);
});

t.test('the lowest number reported is asked, those without one last', async (t) => {
  const story = tellStory(3, { balance: 'least-load', load: LOAD }, seededRandom(4));
  const first = story.begin();
  t.equal(first.moves()[1], 'probe GET /load 0+1+2', 'asked beside the first request');
  first.probed(0, true, 5, 2.5);
  first.probed(1, true, 5, 0.25);
  first.probed(2, true, 5);
  first.run();
  t.strictSame(story.requests(5, 100), [1, 1, 1, 1, 1]);
  story.pass(5000);
  const later = story.begin();
  t.match(later.moves()[1], /^probe GET \/load 2/, 'asked again after the interval, the stalest first');
  later.probed(1, true, 5, 9);
  later.run();
  t.strictSame(story.requests(2), [0, 0]);
  story.pass(61_000);
  t.equal(new Set(story.requests(60, 1000)).size, 3, 'a minute later no number counts any more');
});

t.test('a number on any answer counts, and four at once are asked for theirs', async (t) => {
  const story = tellStory(2, { balance: 'least-load', load: { ...LOAD, header: 'x-load' } });
  for (const [index, load] of ['7', '3'].entries()) {
    const answer = new Response(null, { headers: { 'x-load': load } });
    story.pool.observe!(story.origin(index), answer, story.now());
  }
  t.strictSame(story.requests(3), [1, 1, 1]);
  const many = tellStory(9, { balance: 'least-load', load: LOAD }).begin();
  t.match(many.moves()[1], /^probe GET \/load \d\+\d\+\d\+\d$/);
});
