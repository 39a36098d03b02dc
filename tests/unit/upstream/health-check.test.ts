import t from 'tap';
import { tellStory, type Story } from '../../support/story.ts';

const HEALTH = {
  path: '/up',
  intervalSeconds: 10,
  timeoutMs: 500,
  statuses: null,
  badStatuses: null,
  healthyAfter: 2,
  unhealthyAfter: 3,
};

/** One request that takes a check along; what the origin answers it. */
function check(story: Story, index: number, good: boolean | null): void {
  const get = story.begin();
  if (!get.moves()[1]?.startsWith('probe GET /up')) throw new Error('no check went along');
  get.probed(index, good);
  get.run();
  story.pass(10_000);
}

t.test('checks count in a row, as rise and fall', async (t) => {
  const story = tellStory(2, { health: HEALTH });
  // + a good check, - a bad one, 0 one that says nothing: unhealthy after three bad, healthy after two good.
  const unhealthy = Array.from('--+---+-+0+0', (said) => {
    check(story, 0, said === '0' ? null : said === '+');
    return story.origin(0).unhealthy ? 'u' : 'h';
  });
  t.equal(unhealthy.join(''), 'hhhhhuuuuuhh');
});

t.test('one that fails them is asked no more, unless all do; checks alone bring it back', async (t) => {
  const story = tellStory(2, { health: HEALTH });
  for (let i = 0; i < 3; i++) check(story, 1, false);
  t.strictSame([...new Set(story.requests(10, 0))], [0]);
  story.pass(10_000);
  for (let i = 0; i < 3; i++) check(story, 0, false);
  t.match(story.begin().run(), /^finish/, 'all are tried rather than none');
  t.ok(story.origin(0).unhealthy && story.origin(1).unhealthy);
});

t.test('they ride on requests, four origins at once, once an interval', async (t) => {
  const story = tellStory(6, { health: HEALTH });
  t.equal(story.begin().moves()[1], 'probe GET /up 0+1+2+3');
  t.equal(story.begin().moves()[1], 'probe GET /up 4+5');
  t.match(story.begin().moves()[1], /^sleep/);
  story.pass(10_000);
  t.equal(story.begin().moves()[1], 'probe GET /up 0+1+2+3');
});
