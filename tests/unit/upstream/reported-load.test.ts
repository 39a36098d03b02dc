import t from 'tap';
import { readLoad, reportedLoad } from '../../../lib/upstream/reported-load.ts';

const from = (pointer: string | null, header: string | null = null) => ({
  path: '/load',
  intervalSeconds: 5,
  pointer,
  header,
});

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
  t.equal(reportedLoad(told, null), undefined);
});
