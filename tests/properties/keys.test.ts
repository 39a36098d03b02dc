/** Keys in queries and headers: found as the URL standard reads them, hidden without touching anything else. */
import t from 'tap';
import fc from 'fast-check';
import { argumentOf, cutArguments, findKey, hideInQuery, LIST } from '../../lib/auth/api-key.ts';
import { withoutArgument } from '../../lib/auth/hide-as-kong.ts';
import { authSettings } from '../support/auth.ts';

const NAME = 'apikey';
const text = fc
  .array(
    fc.constantFrom('a', 'key', 'apikey', '=', '%3D', '+', '%20', '%', '%61', '?', '/', 'é', '%26', ';', '.'),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const piece = fc.oneof(
  fc.constant('apikey=k'),
  fc.constant('%61pikey=k2'),
  fc.constant('apikey'),
  fc.constant(''),
  text,
  fc.tuple(text, text).map(([name, value]) => `${name}=${value}`),
);
const query = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('&'));
/** The constructor would take a leading "?" for the query's own. */
const readQuery = (text: string): URLSearchParams => new URLSearchParams(`&${text}`);
const RUNS = { numRuns: 5000, seed: 20261122 };

t.test('an argument is what URLSearchParams makes of it', async (t) => {
  fc.assert(
    fc.property(query, (sent) => {
      const held = argumentOf(sent, NAME);
      const all = readQuery(sent).getAll(NAME);
      if (all.length === 0) return held === undefined;
      if (all.length > 1) return held === LIST;
      return held === null ? all[0] === '' : held === all[0];
    }),
    RUNS,
  );
  t.pass();
});

t.test('what is cut out is that argument, and every other byte stays', async (t) => {
  fc.assert(
    fc.property(query, (sent) => {
      const rest = cutArguments(sent, [NAME]);
      const named = (one: string): boolean => readQuery(one).has(NAME);
      const expected = sent.split('&').filter((one) => !named(one));
      return rest === expected.join('&') && argumentOf(rest, NAME) === undefined;
    }),
    RUNS,
  );
  t.pass();
});

t.test('a hidden key is in no profile found again, by whatever reading', async (t) => {
  fc.assert(
    fc.property(query, fc.constantFrom(null, 'kong-3', 'kong-2018'), (sent, compat) => {
      const rest =
        compat === null ? hideInQuery(`?${sent}`, [NAME]) : withoutArgument(`?${sent}`, NAME, compat);
      return (rest === '' || rest.startsWith('?')) && !new URLSearchParams(rest).has(NAME);
    }),
    RUNS,
  );
  t.pass();
});

t.test('a header goes before the query, and neither place rescues the other', async (t) => {
  const auth = authSettings({ keyNames: [NAME], keyIn: ['header', 'query'] });
  fc.assert(
    fc.property(fc.option(fc.stringMatching(/^[a-z]{0,5}$/)), query, (header, sent) => {
      const headers = new Headers(header === null ? {} : { [NAME]: header }) as never;
      const found = findKey(auth, headers, sent, null);
      if (header !== null) return found?.key === header;
      const held = argumentOf(sent, NAME);
      return held === undefined || held === null
        ? found === null
        : held === LIST
          ? found?.repeated === true
          : found?.key === held;
    }),
    RUNS,
  );
  t.pass();
});
