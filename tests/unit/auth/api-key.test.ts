/** Where a key is found. How an argument is read and hidden is a property: tests/properties/keys.test.ts. */
import t from 'tap';
import { argumentsOf, cutArguments, findKey, hideInReferer } from '../../../lib/auth/api-key.ts';
import type { Auth } from '../../../lib/config/types.ts';
import { authSettings } from '../../support/auth.ts';

interface Sent {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  /** The field apikey of the body. */
  readonly field?: string | null;
}
/** The result of findKey: "<name>=<key>", "duplicate", "joined <key>" or "none". */
function find(auth: Auth, { headers = {}, query = '', field }: Sent): string {
  const valuesOf = () => (field === undefined ? [] : [field]);
  const fields = { valuesOf, without: () => new ArrayBuffer(0) };
  const found = findKey(authSettings(auth), new Headers(headers), query, fields);
  if (found === null) return 'none';
  if (found.repeated) return 'duplicate';
  return found.joined ? `joined ${found.key}` : `${found.name}=${found.key}`;
}

t.test('the key is found where Kong finds it', async (t) => {
  const body = { keyIn: ['header', 'query', 'body'] } as const;
  const two = { keyNames: ['one', 'two'] };
  const underscore = { keyNames: ['api_key'] };
  const CASES: [why: string, auth: Auth, sent: Sent, expected: string][] = [
    [
      'keyIn sets the order',
      { keyIn: ['query', 'header'] },
      { headers: { apikey: 'h' }, query: 'apikey=q' },
      'apikey=q',
    ],
    [
      'a name is looked for everywhere before the next one',
      two,
      { headers: { two: 'h' }, query: 'one=q' },
      'one=q',
    ],
    ['an empty header ends the search', two, { headers: { one: '', two: 'k' } }, 'one='],
    [
      'an argument without a value ends the search before the body',
      body,
      { query: 'apikey', field: 'k' },
      'none',
    ],
    ['a number in the body is not a key', body, { field: null }, 'none'],
    ['a duplicate ends the search', two, { headers: { two: 'k' }, query: 'one=1&one=2' }, 'duplicate'],
    ['repeated headers arrive joined', {}, { headers: { apikey: 'a, b' } }, 'joined a, b'],
    ['a comma and a space in the query belong to the key', {}, { query: 'apikey=a,%20b' }, 'apikey=a, b'],
    ['a configured underscore matches a hyphen', underscore, { headers: { 'api-key': 'k' } }, 'api_key=k'],
    ['a hyphen does not match an underscore', { keyNames: ['a-key'] }, { headers: { a_key: 'k' } }, 'none'],
    ['an underscore does not match a hyphen in a query', underscore, { query: 'api-key=k' }, 'none'],
    ['a longer name does not match', {}, { query: 'apikey2=k&myapikey=k&apikey[]=k' }, 'none'],
  ];
  for (const [why, auth, sent, expected] of CASES) t.equal(find(auth, sent), expected, why);
});

t.test('the first hundred arguments are read, and all are removed', async (t) => {
  const before = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join('&');
  t.same(argumentsOf(`${before(99)}&apikey=k`, 'apikey'), ['k']);
  t.same(argumentsOf(`${before(100)}&apikey=k`, 'apikey'), []);
  t.equal(cutArguments(`${'apikey=k&'.repeat(150)}a=1`, ['apikey']), 'a=1');
});

t.test('the key is removed from a Referer', async (t) => {
  for (const [sent, left] of [
    ['p?apikey=k&b=1#top', 'p?b=1#top'],
    ['p?apikey=k', 'p'],
    ['apikey', 'apikey'],
  ] as const)
    t.equal(hideInReferer(`https://a.example/${sent}`, ['apikey']), `https://a.example/${left}`);
});
