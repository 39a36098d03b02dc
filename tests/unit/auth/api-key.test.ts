/** Where a key is looked for; how an argument is read and hidden is a property: tests/properties/keys.test.ts. */
import t from 'tap';
import { argumentOf, cutArguments, findKey, hideInReferer } from '../../../lib/auth/api-key.ts';
import type { Held } from '../../../lib/auth/api-key.ts';
import type { AuthSettings } from '../../../lib/config/types.ts';
import { authSettings } from '../../support/auth.ts';

interface Sent {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  /** The field apikey of the body. */
  readonly field?: Held;
}
/** What findKey makes of a request: the key and its name, "duplicate", "joined <key>", "none". */
function find(auth: Partial<AuthSettings>, { headers = {}, query = '', field }: Sent): string {
  const fields = { get: () => field, without: () => new ArrayBuffer(0) };
  const found = findKey(authSettings(auth), new Headers(headers), query, fields);
  if (found === null) return 'none';
  if (found.repeated) return 'duplicate';
  return found.joined ? `joined ${found.key}` : `${found.name}=${found.key}`;
}

t.test('the key is found where Kong finds it', async (t) => {
  const body = { keyIn: ['header', 'query', 'body'] } as const;
  const two = { keyNames: ['one', 'two'] };
  const underscore = { keyNames: ['api_key'] };
  const CASES: [why: string, auth: Partial<AuthSettings>, sent: Sent, expected: string][] = [
    [
      'in the order of the places',
      { keyIn: ['query', 'header'] },
      { headers: { apikey: 'h' }, query: 'apikey=q' },
      'apikey=q',
    ],
    ['a name goes before the next everywhere', two, { headers: { two: 'h' }, query: 'one=q' }, 'one=q'],
    ['an empty header ends the search over names', two, { headers: { one: '', two: 'k' } }, 'one='],
    [
      'an argument without a value keeps the body from being asked',
      body,
      { query: 'apikey', field: 'k' },
      'none',
    ],
    ['a number in the body is no key', body, { field: null }, 'none'],
    ['a duplicate ends the search', two, { headers: { two: 'k' }, query: 'one=1&one=2' }, 'duplicate'],
    ['repeated headers arrive joined', {}, { headers: { apikey: 'a, b' } }, 'joined a, b'],
    ['a comma and a space in the query are the key', {}, { query: 'apikey=a,%20b' }, 'apikey=a, b'],
    ['a configured underscore matches a hyphen', underscore, { headers: { 'api-key': 'k' } }, 'api_key=k'],
    ['a hyphen does not match an underscore', { keyNames: ['a-key'] }, { headers: { a_key: 'k' } }, 'none'],
    ['an underscore in a query is itself', underscore, { query: 'api-key=k' }, 'none'],
    ['a longer name is another name', {}, { query: 'apikey2=k&myapikey=k&apikey[]=k' }, 'none'],
  ];
  for (const [why, auth, sent, expected] of CASES) t.equal(find(auth, sent), expected, why);
});

t.test('the first hundred arguments are read, and all of them are cut', async (t) => {
  const before = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join('&');
  t.equal(argumentOf(`${before(99)}&apikey=k`, 'apikey'), 'k');
  t.equal(argumentOf(`${before(100)}&apikey=k`, 'apikey'), undefined);
  t.equal(cutArguments(`${'apikey=k&'.repeat(150)}a=1`, ['apikey']), 'a=1');
});

t.test('hiding in a Referer', async (t) => {
  for (const [sent, left] of [
    ['p?apikey=k&b=1#top', 'p?b=1#top'],
    ['p?apikey=k', 'p'],
    ['apikey', 'apikey'],
  ] as const)
    t.equal(hideInReferer(`https://a.example/${sent}`, ['apikey']), `https://a.example/${left}`);
});
