/** Keys in queries and headers: found as the URL standard parses them, hidden without changing anything else. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { argumentsOf, cutArguments, findKey, hideInQuery } from '../../lib/auth/api-key.ts';
import { withoutArgument } from '../../lib/auth/hide-as-kong.ts';
import { authSettings } from '../support/auth.ts';
import { testProperty } from '../support/property.ts';

const NAME = 'apikey';
const fragment = fc
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
  fragment,
  fc.tuple(fragment, fragment).map(([name, value]) => `${name}=${value}`),
);
const query = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('&'));
/** Without "&" the constructor would drop a leading "?". */
const readQuery = (fragment: string): URLSearchParams => new URLSearchParams(`&${fragment}`);

testProperty('an argument is read as by URLSearchParams', [query], 5000, (sent) => {
  const held = argumentsOf(sent, NAME);
  return isDeepStrictEqual(
    held.map((value) => value ?? ''),
    readQuery(sent).getAll(NAME),
  );
});

testProperty('only that argument is cut out, and every other byte stays', [query], 5000, (sent) => {
  const rest = cutArguments(sent, [NAME]);
  const expected = sent.split('&').filter((one) => !readQuery(one).has(NAME));
  return rest === expected.join('&') && argumentsOf(rest, NAME).length === 0;
});

const profile = fc.constantFrom(null, 'kong-3' as const, 'kong-2018' as const);
testProperty('a hidden key cannot be found again, in any profile', [query, profile], 5000, (sent, compat) => {
  const rest = compat === null ? hideInQuery(`?${sent}`, [NAME]) : withoutArgument(`?${sent}`, NAME, compat);
  return (rest === '' || rest.startsWith('?')) && !new URLSearchParams(rest).has(NAME);
});

const AUTH = authSettings({ keyNames: [NAME], keyIn: ['header', 'query'] });
const written = fc.option(fc.stringMatching(/^[a-z]{0,5}$/));
const title = 'a header takes precedence over the query, with no fallback';
testProperty(title, [written, query], 5000, (header, sent) => {
  const headers = new Headers(header === null ? {} : { [NAME]: header }) as never;
  const found = findKey(AUTH, headers, sent, null);
  if (header !== null) return found?.key === header;
  const [held, ...more] = argumentsOf(sent, NAME);
  if (more.length > 0) return found?.repeated === true;
  return held == null ? found === null : found?.key === held;
});
