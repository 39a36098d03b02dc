import fc from 'fast-check';
import t from 'tap';
import { compilePattern, routePatternFault } from '../../../lib/core/regex.ts';

t.test('a pattern that could take exponential time is refused', async (t) => {
  const bad = [
    '(a+)+$',
    '(a*)*',
    '(a|aa)+$',
    '(a|a)*',
    '((a|a))*',
    '(a*b*)*',
    '(.*a){20}',
    '(a?){30}a',
    '(\\w+\\s?)*$',
    '(x+x+)+y',
    '(([a-z])+.)+[A-Z]([a-z])+$',
    '(/[a-z]*[a-z]*)*x',
    '(/a?a?)*',
    '(/(ab)?(ab)?)*',
    '(x(a|aa))*',
    '(((a+)))+',
    '([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*$',
  ];
  for (const pattern of bad) t.match(routePatternFault(pattern), /two ways/, pattern);
});

t.test('honest path patterns are taken', async (t) => {
  const good = [
    '/users/\\d+/profile',
    '/(?<namespace>[^/]+)/(?<id>[0-9]+)/?',
    '/api/v(1|2)(/.*)?$',
    '(/[^/]+)*$',
    '(?:[^/]+/)*x',
    '(\\w+\\.)+com',
    '(\\d{1,3}\\.){3}\\d{1,3}',
    '/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}',
    '/(?!internal).*',
    '/status/(ab)c?',
    '(?:/(\\w+))*',
    '([a-z]{2}){3}',
    '/(a|b)/(c|d)/(e|f)',
  ];
  for (const pattern of good) t.equal(routePatternFault(pattern), null, pattern);
});

t.test('what is no pattern at all is refused with the reason', async (t) => {
  for (const pattern of ['(', '[a', 'a{2,1}', '*'])
    t.match(routePatternFault(pattern), /Invalid regular expression/);
});

t.test('a pattern that is merely polynomial is tried on short texts alone', async (t) => {
  t.equal(compilePattern('/a/.*/b', true).maxLength, Infinity);
  t.equal(compilePattern('/a/.*/b/.*/c', true).maxLength, 10_000);
  t.equal(compilePattern('.*.*.*x', true).maxLength, 464);
  t.equal(compilePattern('a+b', false).maxLength, Infinity, 'one loop from anywhere');
  t.equal(compilePattern('.*x', false).maxLength, 10_000);
});

t.test("Kong's words are understood", async (t) => {
  t.equal(compilePattern('/(?P<id>\\d+)', true).regex.exec('/42')?.groups?.['id'], '42');
  t.ok(compilePattern('(?i)/ABC', true).regex.test('/abc'));
  t.notOk(compilePattern('/ABC', true).regex.test('/abc'));
  t.ok(compilePattern('\\A/a\\z', true).regex.test('/a'));
  t.notOk(compilePattern('/a\\z', true).regex.test('/ab'));
  t.ok(compilePattern('\\\\z', true).regex.test('\\z'), 'an escaped backslash before a z is no end');
});

t.test('alternatives are anchored together', async (t) => {
  const { regex } = compilePattern('a|b', true, true);
  t.same(
    ['a', 'b', 'ab', 'xb', 'ax'].filter((text) => regex.test(text)),
    ['a', 'b'],
  );
});

/** Steps of a backtracking matcher are not countable in JavaScript; ways to match are, and are what explodes. */
t.test('no pattern that is taken matches a text in more ways than its length allows', async () => {
  const atom = fc.constantFrom('a', 'b', '/', '[ab]', '[^/]', '.');
  const quantified = fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?')).map(([a, q]) => a + q);
  const sequence = fc.array(quantified, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const body = fc.oneof(
    sequence,
    fc.tuple(sequence, sequence).map(([a, b]) => `${a}|${b}`),
  );
  const inner = fc.oneof(
    body,
    fc.tuple(body, sequence).map(([a, b]) => `(${a})${b}`),
  );
  fc.assert(
    fc.property(
      inner,
      fc.constantFrom('*', '+', '{4}', '{2,}'),
      fc.constantFrom('a', '/a', 'ab', '/ab'),
      (text, loop, unit) => {
        const pattern = `(${text})${loop}`;
        if (routePatternFault(pattern) !== null) return true;
        const started = performance.now();
        compilePattern(pattern, true, true).regex.test(unit.repeat(40) + '!');
        // Exponential would be hours; this is a bound on hanging, not on speed.
        return performance.now() - started < 2000;
      },
    ),
    { numRuns: 300 },
  );
});
