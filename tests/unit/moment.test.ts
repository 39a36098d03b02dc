import t from 'tap';
import { setMoment } from '../../lib/moment.ts';
import { START, tellStory } from '../support/story.ts';

t.test('a pool lives in the moment of its latest event', async (t) => {
  const { pool } = tellStory(1);
  setMoment(pool, START + 7, () => 0.25);
  t.equal(pool.now, START + 7);
  t.equal(pool.random(), 0.25);
});

t.test('every event brings its own time and dice', async (t) => {
  const story = tellStory(2);
  story.pass(500);
  const get = story.begin();
  t.equal(story.pool.now, START + 500);
  story.pass(20);
  get.moves();
  t.equal(story.pool.now, START + 520);
  story.pass(30);
  get.settle(0, 'ok');
  t.equal(story.pool.now, START + 550);
  t.equal(story.pool.random(), 0.5);
});
