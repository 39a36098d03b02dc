/** Which of several routes that take a request wins. */
import t from 'tap';
import type { Route } from '../../../lib/config/types.ts';
import { winner } from '../../support/router.ts';
import type { Ask, Flavor } from '../../support/router.ts';

t.test('a route with several paths is ranked by each of them', async (t) => {
  const routes: Route[] = [
    { name: 'o1', paths: ['/foo', '/foo/bar/baz'] },
    { name: 'o2', paths: ['/foo/bar'] },
    { name: 'mix', hosts: ['h'], paths: ['~/some/thing', '/foo'] },
    { name: 'pre', hosts: ['h'], paths: ['/foo/bar'] },
  ];
  for (const flavor of ['traditional', 'traditional_compatible'] as const) {
    t.equal(winner(routes, { path: '/foo/bar' }, flavor), 'o2');
    t.equal(winner(routes, { path: '/foo/bar/baz' }, flavor), 'o1');
    t.equal(winner(routes, { path: '/foo/bar', host: 'h' }, flavor), 'pre');
  }
});

t.test('ranks, one by one', async (t) => {
  const cases: [title: string, better: Route, worse: Route, ask: Ask, flavor?: Flavor][] = [
    [
      'more kinds',
      { hosts: ['h'], paths: ['/'] },
      { paths: ['/long/path'] },
      { host: 'h', path: '/long/path' },
    ],
    ['plain hosts', { hosts: ['a.h'] }, { methods: ['GET'] }, { host: 'a.h' }],
    [
      'more headers',
      { headers: { a: ['1'], b: ['1'] } },
      { headers: { a: ['1'] } },
      { headers: { a: '1', b: '1' } },
    ],
    ['regex first', { paths: ['~/a'] }, { paths: ['/abc'] }, { path: '/abc' }],
    [
      'regex priority',
      { paths: ['~/a'], regexPriority: 2 },
      { paths: ['~/abc'], regexPriority: 1 },
      { path: '/abc' },
    ],
    ['longer prefix', { paths: ['/ab'] }, { paths: ['/a'] }, { path: '/abc' }],
    [
      'host before path',
      { hosts: ['*.h'] },
      { paths: ['/abc'] },
      { host: 'a.h', path: '/abc' },
      'traditional',
    ],
    [
      'headers before path',
      { headers: { a: ['1'] } },
      { paths: ['/'] },
      { headers: { a: '1' } },
      'traditional',
    ],
    ['path before method', { paths: ['/'] }, { methods: ['GET'] }, {}, 'traditional'],
    ['wild with port', { hosts: ['*.h:80'] }, { hosts: ['a.h'] }, { host: 'a.h' }, 'traditional'],
  ];
  for (const [title, better, worse, ask, flavor] of cases) {
    const [a, b] = [
      { ...better, name: 'better', id: 'a' },
      { ...worse, name: 'worse', id: 'b' },
    ];
    t.equal(winner([a, b], ask, flavor), 'better', title);
    t.equal(winner([b, a], ask, flavor), 'better', `${title}, written the other way round`);
  }
});

t.test('a regexPriority on a prefix does nothing', async (t) => {
  const routes: Route[] = [
    { name: 'short', paths: ['/a'], regexPriority: 9 },
    { name: 'long', paths: ['/ab'] },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'long');
});

t.test('equals: the larger id, or in the traditional flavor the one that stands first', async (t) => {
  const routes: Route[] = [
    { name: 'one', paths: ['~/a'], id: '1' },
    { name: 'two', paths: ['~/ab'], id: '2' },
    { name: 'wild', hosts: ['*.h'], id: '3' },
    { name: 'method', methods: ['GET'], id: '4' },
  ];
  t.equal(winner(routes, { path: '/abc' }), 'two');
  t.equal(winner(routes, { path: '/abc' }, 'traditional'), 'one');
  t.equal(winner(routes, { host: 'a.h' }), 'method');
});
