/** Where a key is looked for; how an argument is read is a property: tests/properties/keys.test.ts. */
import t from 'tap';
import * as apiKey from '../../../lib/auth/api-key.ts';
import type { Held } from '../../../lib/auth/api-key.ts';
import type { AuthSettings } from '../../../lib/config/types.ts';
import type { BodyFields } from '../../../lib/core/request.ts';
import { authSettings } from '../../support/auth.ts';

const { argumentOf, cutArguments, hideInQuery, hideInReferer, LIST } = apiKey;
const fieldsOf = (fields: Record<string, Held>): BodyFields => ({
  get: (name) => fields[name],
  without: () => new ArrayBuffer(0),
});
interface Sent {
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly fields?: Record<string, Held>;
}
/** What findKey makes of a request: the key, "duplicate", "joined <key>", "none". */
function find(auth: Partial<AuthSettings>, { headers = {}, query = '', fields }: Sent): string {
  const found = apiKey.findKey(
    authSettings(auth),
    new Headers(headers),
    query,
    fields === undefined ? null : fieldsOf(fields),
  );
  if (found === null) return 'none';
  if (found.repeated) return 'duplicate';
  return found.joined ? `joined ${found.key}` : `${found.name}=${found.key}`;
}

/** The header apikey. */
const header = (apikey: string, query = ''): Sent => ({ headers: { apikey }, query });
const query = (text: string, fields?: Sent['fields']): Sent => ({ query: text, ...(fields && { fields }) });
const field = (apikey: Held): Sent => ({ fields: { apikey } });

t.test('the key is found where Kong finds it', async (t) => {
  const body = { keyIn: ['header', 'query', 'body'] } as const;
  const two = { keyNames: ['one', 'two'] };
  const underscore = { keyNames: ['api_key'] };
  const CASES: [why: string, auth: Partial<AuthSettings>, sent: Sent, expected: string][] = [
    ['in a header', {}, header('k'), 'apikey=k'],
    ['in a header of any case', {}, { headers: { ApiKey: 'k' } }, 'apikey=k'],
    ['in the query', {}, query('a=1&apikey=k'), 'apikey=k'],
    ['in a field of the body', body, field('k'), 'apikey=k'],
    ['nowhere', {}, { headers: { x: 'k' }, query: 'a=1' }, 'none'],
    ['not in the body unless it is asked for', {}, field('k'), 'none'],
    ['the query goes before the body', body, query('apikey=q', { apikey: 'b' }), 'apikey=q'],
    ['in the order of the places', { keyIn: ['query', 'header'] }, header('h', 'apikey=q'), 'apikey=q'],
    ['not in a header where headers are not asked', { keyIn: ['query'] }, header('h'), 'none'],
    ['not in the query where it is not asked', { keyIn: ['header'] }, query('apikey=q'), 'none'],
    ['a name goes before the next everywhere', two, { headers: { two: 'h' }, query: 'one=q' }, 'one=q'],
    ['the second name when the first is absent', two, { headers: { two: 'h' } }, 'two=h'],
    ['an empty header ends the search over names', two, { headers: { one: '', two: 'k' } }, 'one='],
    ['an empty argument counts as none', {}, query('apikey='), 'apikey='],
    ['it keeps the body from being asked', body, query('apikey', { apikey: 'k' }), 'none'],
    ['it leads on to the next name', two, query('one&two=k'), 'two=k'],
    ['a number in the body is no key', body, field(null), 'none'],
    ['a duplicate ends the search', two, { headers: { two: 'k' }, query: 'one=1&one=2' }, 'duplicate'],
    ['a list in the body is a duplicate', body, field(LIST), 'duplicate'],
    ['repeated headers arrive joined', {}, header('a, b'), 'joined a, b'],
    ['a comma without a space was written by the caller', {}, header('a,b'), 'apikey=a,b'],
    ['a comma and a space in the query are the key', {}, query('apikey=a,%20b'), 'apikey=a, b'],
    ['a configured underscore matches a hyphen', underscore, { headers: { 'api-key': 'k' } }, 'api_key=k'],
    ['a configured underscore matches itself', underscore, { headers: { api_key: 'k' } }, 'api_key=k'],
    ['a hyphen does not match an underscore', { keyNames: ['a-key'] }, { headers: { a_key: 'k' } }, 'none'],
    ['an underscore in a query is itself', underscore, query('api-key=k'), 'none'],
    ['query names have a case', {}, query('ApiKey=k'), 'none'],
    ['brackets make another name', {}, query('apikey[]=k&apikey%5B1%5D=k'), 'none'],
    ['a longer name is another name', {}, query('apikey2=k&myapikey=k'), 'none'],
  ];
  for (const [why, auth, sent, expected] of CASES) t.equal(find(auth, sent), expected, why);
});

t.test('only the first hundred arguments are read', async (t) => {
  const before = (count: number) => Array.from({ length: count }, (_, i) => `a${i}=1`).join('&');
  t.equal(argumentOf(`${before(99)}&apikey=k`, 'apikey'), 'k');
  t.equal(argumentOf(`${before(100)}&apikey=k`, 'apikey'), undefined);
});

t.test('cutting an argument leaves every other byte alone', async (t) => {
  const many = `${'apikey=k&'.repeat(150)}a=1`;
  t.equal(cutArguments('c=valu%651&b&&apikey=k&a=%zz+~*&api%6Bey=2', ['apikey']), 'c=valu%651&b&&a=%zz+~*');
  t.equal(cutArguments('a=1', ['apikey']), 'a=1');
  t.equal(cutArguments(many, ['apikey']), 'a=1', 'beyond the hundredth too');
});

t.test('hiding in the query', async (t) => {
  for (const [sent, left, why] of [
    ['?apikey=k', ''],
    ['?time[0:1:0]&x=a+b', '?time[0:1:0]&x=a+b', 'plain keeps the bytes'],
    ['?b=%7e&apikey=k&a=1', '?b=%7e&a=1'],
    ['', ''],
  ] as const)
    t.equal(hideInQuery(sent, ['apikey']), left, why ?? sent);
});

t.test('hiding in a Referer', async (t) => {
  for (const [sent, left] of [
    ['p?apikey=k&b=1#top', 'p?b=1#top'],
    ['p?apikey=k#top', 'p#top'],
    ['p?apikey=k', 'p'],
    ['p?b=1', 'p?b=1'],
    ['apikey', 'apikey'],
  ] as const)
    t.equal(hideInReferer(`https://a.example/${sent}`, ['apikey']), `https://a.example/${left}`);
});
