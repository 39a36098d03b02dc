/** Which of several routes wins. */
import type { KongCase } from '../case.ts';
import { get, one, refusal, routes, wins } from './forms.ts';

export const router: KongCase[] = [
  one(
    'router: regex before an exact prefix',
    routes({ paths: ['/ab'] }, { paths: ['~/a'] }),
    get('/ab'),
    wins(1),
  ),
  one('router: longer prefix', routes({ paths: ['/a'] }, { paths: ['/a/b'] }), get('/a/b/c'), wins(1)),
  one(
    'router: host and path before a long path',
    routes({ paths: ['/a/b/c'] }, { hosts: ['a.test'], paths: ['/a'] }),
    get('/a/b/c'),
    wins(1),
  ),
  one(
    'router: plain host before wildcard',
    routes({ hosts: ['*.test'] }, { hosts: ['a.test'] }),
    get('/'),
    wins(1),
  ),
  one(
    'router: host case as sent',
    routes({ hosts: ['a.test'] }),
    get('/', { Host: 'A.test' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: a port, not in the entry',
    routes({ hosts: ['a.test'] }),
    get('/', { Host: 'a.test:81' }),
    wins(0),
  ),
  one(
    'router: another port than the entry',
    routes({ hosts: ['a.test:80'] }),
    get('/', { Host: 'a.test:81' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: header values in any case',
    routes({ headers: { version: ['V1'] } }),
    get('/', { Version: 'v1' }),
    wins(0),
  ),
  one(
    'router: a header pattern',
    routes({ headers: { version: ['~*^v[0-9]+$'] } }),
    get('/', { version: 'v12' }),
    wins(0),
  ),
  one(
    'router: a header pattern that fails',
    routes({ headers: { version: ['~*^v[0-9]+$'] } }),
    get('/', { version: 'w' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: methods',
    routes({ methods: ['PUT'], paths: ['/'] }),
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: a header needs one of its values',
    routes({ headers: { a: ['1', '2'] } }),
    get('/', { a: '3' }),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: two headers before one',
    routes({ headers: { a: ['1'] } }, { headers: { a: ['1'], b: ['2'] } }),
    get('/', { a: '1', b: '2' }),
    wins(1),
  ),
  one(
    'router: regex priority',
    routes({ paths: ['~/a.*'], regex_priority: 1 }, { paths: ['~/a/b'], regex_priority: 5 }),
    get('/a/b'),
    wins(1),
  ),
  one(
    'router: a wildcard does not match an empty label',
    routes({ hosts: ['*.a.test'] }),
    get('/'),
    refusal(404, 'no Route matched with those values'),
  ),
  one(
    'router: a wildcard spans labels',
    routes({ hosts: ['*.test'] }),
    get('/', { Host: 'x.y.test' }),
    wins(0),
  ),
  one(
    'router: host before header, older router',
    { ...routes({ headers: { a: ['1'] } }, { hosts: ['a.test'] }), _format_version: '2.1' },
    get('/', { a: '1' }),
    wins(1),
  ),
  one('router: inline flags', routes({ paths: ['~/(?i)abc'] }), get('/ABC'), wins(0)),
];
