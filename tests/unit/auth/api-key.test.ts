import t from 'tap';
import type { AuthSettings } from '../../../lib/config/types.ts';
import {
  argumentOf,
  cutArguments,
  findKey,
  hideInQuery,
  hideInReferer,
  LIST,
} from '../../../lib/auth/api-key.ts';
import type { Held } from '../../../lib/auth/api-key.ts';
import type { BodyFields } from '../../../lib/core/request.ts';
import { authSettings } from '../../support/auth.ts';

const fieldsOf = (fields: Record<string, Held>): BodyFields => ({
  get: (name) => fields[name],
  without: () => new ArrayBuffer(0),
});
/** What findKey makes of a request: the key, "duplicate", "joined <key>", "none". */
function find(
  auth: Partial<AuthSettings>,
  headers: [string, string][],
  query: string,
  fields: Record<string, Held> | null = null,
): string {
  const found = findKey(authSettings(auth), new Headers(headers), query, fields && fieldsOf(fields));
  if (found === null) return 'none';
  if (found.repeated) return 'duplicate';
  return found.joined ? `joined ${found.key}` : `${found.name}=${found.key}`;
}

t.test('the key is found where Kong finds it', (t) => {
  const body = { keyIn: ['header', 'query', 'body'] } as const;
  const table: [
    why: string,
    auth: Partial<AuthSettings>,
    headers: [string, string][],
    query: string,
    fields: Record<string, Held> | null,
    expected: string,
  ][] = [
    ['in a header', {}, [['apikey', 'k']], '', null, 'apikey=k'],
    ['in a header of any case', {}, [['ApiKey', 'k']], '', null, 'apikey=k'],
    ['in the query', {}, [], 'a=1&apikey=k', null, 'apikey=k'],
    ['in a field of the body', body, [], '', { apikey: 'k' }, 'apikey=k'],
    ['nowhere', {}, [['x', 'k']], 'a=1', null, 'none'],
    ['not in the body unless it is asked for', {}, [], '', { apikey: 'k' }, 'none'],
    ['the header goes before the query', {}, [['apikey', 'h']], 'apikey=q', null, 'apikey=h'],
    ['the query goes before the body', body, [], 'apikey=q', { apikey: 'b' }, 'apikey=q'],
    [
      'in the order of the places',
      { keyIn: ['query', 'header'] },
      [['apikey', 'h']],
      'apikey=q',
      null,
      'apikey=q',
    ],
    [
      'not in a header where headers are not asked',
      { keyIn: ['query'] },
      [['apikey', 'h']],
      '',
      null,
      'none',
    ],
    ['not in the query where it is not asked', { keyIn: ['header'] }, [], 'apikey=q', null, 'none'],
    [
      'a name goes before the next in all places',
      { keyNames: ['one', 'two'] },
      [['two', 'h']],
      'one=q',
      null,
      'one=q',
    ],
    [
      'the second name when the first is absent',
      { keyNames: ['one', 'two'] },
      [['two', 'h']],
      '',
      null,
      'two=h',
    ],
    ['an empty header hides a key in the query', {}, [['apikey', '']], 'apikey=k', null, 'apikey='],
    [
      'an empty header ends the search over names',
      { keyNames: ['one', 'two'] },
      [
        ['one', ''],
        ['two', 'k'],
      ],
      '',
      null,
      'one=',
    ],
    ['an empty argument counts as none', {}, [], 'apikey=', null, 'apikey='],
    ['a valueless argument is no key', {}, [], 'apikey', null, 'none'],
    ['a valueless argument keeps the body from being asked', body, [], 'apikey', { apikey: 'k' }, 'none'],
    [
      'a valueless argument leads on to the next name',
      { keyNames: ['one', 'two'] },
      [],
      'one&two=k',
      null,
      'two=k',
    ],
    ['a number in the body is no key', body, [], '', { apikey: null }, 'none'],
    ['two arguments are a duplicate', {}, [], 'apikey=a&apikey=b', null, 'duplicate'],
    ['twice the same is a duplicate', {}, [], 'apikey=a&apikey=a', null, 'duplicate'],
    ['two valueless arguments are a duplicate', {}, [], 'apikey&apikey', null, 'duplicate'],
    [
      'a duplicate ends the search',
      { keyNames: ['one', 'two'] },
      [['two', 'k']],
      'one=1&one=2',
      null,
      'duplicate',
    ],
    ['a list in the body is a duplicate', body, [], '', { apikey: LIST }, 'duplicate'],
    [
      'repeated headers arrive joined',
      {},
      [
        ['apikey', 'a'],
        ['apikey', 'b'],
      ],
      '',
      null,
      'joined a, b',
    ],
    ['a comma without a space was written by the caller', {}, [['apikey', 'a,b']], '', null, 'apikey=a,b'],
    ['a comma and a space in the query are the key', {}, [], 'apikey=a,%20b', null, 'apikey=a, b'],
    [
      'a configured underscore matches a hyphen',
      { keyNames: ['api_key'] },
      [['api-key', 'k']],
      '',
      null,
      'api_key=k',
    ],
    [
      'a configured underscore matches itself',
      { keyNames: ['api_key'] },
      [['api_key', 'k']],
      '',
      null,
      'api_key=k',
    ],
    [
      'a configured hyphen does not match an underscore',
      { keyNames: ['api-key'] },
      [['api_key', 'k']],
      '',
      null,
      'none',
    ],
    ['an underscore in a query is itself', { keyNames: ['api_key'] }, [], 'api-key=k', null, 'none'],
    ['query names have a case', {}, [], 'ApiKey=k', null, 'none'],
    ['query names are decoded', {}, [], 'api%6B%65%79=k', null, 'apikey=k'],
    ['query values are decoded', {}, [], 'apikey=k%C3%A9+y%2Bz', null, 'apikey=ké y+z'],
    ['a broken escape stays', {}, [], 'apikey=100%&b=%zz', null, 'apikey=100%'],
    ['only the first equals sign separates', {}, [], 'apikey=a=b', null, 'apikey=a=b'],
    ['brackets make another name', {}, [], 'apikey[]=k&apikey%5B1%5D=k', null, 'none'],
    ['a longer name is another name', {}, [], 'apikey2=k&myapikey=k', null, 'none'],
  ];
  for (const [why, auth, headers, query, fields, expected] of table)
    t.equal(find(auth, headers, query, fields), expected, why);
  t.end();
});

t.test('only the first hundred arguments are read', (t) => {
  const before = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join('&');
  t.equal(argumentOf(`${before(99)}&apikey=k`, 'apikey'), 'k');
  t.equal(argumentOf(`${before(100)}&apikey=k`, 'apikey'), undefined);
  t.end();
});

t.test('cutting an argument leaves every other byte alone', (t) => {
  t.equal(cutArguments('c=valu%651&b&&apikey=k&a=%zz+~*&api%6Bey=2', ['apikey']), 'c=valu%651&b&&a=%zz+~*');
  t.equal(cutArguments('a=1', ['apikey']), 'a=1');
  t.equal(
    cutArguments(Array(150).fill('apikey=k').join('&') + '&a=1', ['apikey']),
    'a=1',
    'beyond the hundredth too',
  );
  t.end();
});

t.test('hiding in the query', (t) => {
  t.equal(hideInQuery('?apikey=k', ['apikey']), '');
  t.equal(hideInQuery('?time[0:1:0]&x=a+b', ['apikey']), '?time[0:1:0]&x=a+b', 'plain keeps the bytes');
  t.equal(hideInQuery('?b=%7e&apikey=k&a=1', ['apikey']), '?b=%7e&a=1');
  t.equal(hideInQuery('', ['apikey']), '');
  t.end();
});

t.test('hiding in a Referer', (t) => {
  t.equal(hideInReferer('https://a.example/p?apikey=k&b=1#top', ['apikey']), 'https://a.example/p?b=1#top');
  t.equal(hideInReferer('https://a.example/p?apikey=k#top', ['apikey']), 'https://a.example/p#top');
  t.equal(hideInReferer('https://a.example/p?apikey=k', ['apikey']), 'https://a.example/p');
  t.equal(hideInReferer('https://a.example/p?b=1', ['apikey']), 'https://a.example/p?b=1');
  t.equal(hideInReferer('https://a.example/apikey', ['apikey']), 'https://a.example/apikey');
  t.end();
});
