import t from 'tap';
import { compilePattern, routePatternFault } from '../../../lib/core/regex.ts';
import { words } from '../../support/words.ts';

t.test('a pattern that could take exponential time is rejected', async (t) => {
  const FAULTS: [fault: RegExp, patterns: string[]][] = [
    [
      /two ways/,
      words`
        (a+)+$ (a|aa)+$ (a|a)*$ ((a|a))*x (\w+\s?)*$ (x+x+)+y (([a-z])+.)+[A-Z]([a-z])+$ (/[a-z]*[a-z]*)*x
        (/a?a?)*x (/(ab)?(ab)?)*x (((a+)))+ (?:a{1,3}){4,}$ (?=(a+)+$)x (?!(a|a)*$)x
        ([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*$
      `,
    ],
    [/match nothing/, words`(a*)* (a*b*)* (a?){30}a (.*){3}x`],
    [/too many ways/, words`(a|aa){20}$ ${'(a|a)'.repeat(12)}$ ${'a?'.repeat(12)}${'a'.repeat(12)}`],
    [/look behind/, words`(?<=(a+)b)c (?<!x*)y`],
    [/too long/, [`(?:${'abcdefghij'.repeat(101)})`]],
    [/Invalid regular expression/, words`( [a a{2,1} *`],
  ];
  for (const [fault, patterns] of FAULTS)
    for (const pattern of patterns) t.match(routePatternFault(pattern), fault, pattern);
});

t.test('ordinary path patterns are accepted, for strings of any length', async (t) => {
  const good = words`
    /users/\d+/profile /(?<namespace>[^/]+)/(?<id>[0-9]+)/? /api/v(1|2)(/.*)?$ (/[^/]+)*$ (?:[^/]+/)*x (\w+\.)+com
    (\d{1,3}\.){3}\d{1,3} /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12} /(?!internal).* /status/(ab)c? (?:/(\w+))*
    ([a-z]{2}){3} /(a|b)/(c|d)/(e|f) (bar|baz)+x (/a(b)?)*x /a/.*/b /users/[^/]+/posts/[^/]+/comments/[^/]+$
    /[\w-]+/[\w-]+\.(json|xml)$ /(en|de|fr)/.+\.html /v\d+(\.\d+)*/.* (?=.*a)(?=.*b)/x (?<!internal)/x (x(a|aa))*y
  `;
  for (const pattern of good) t.equal(compilePattern(pattern, true).maxLength, Infinity, pattern);
});

t.test('a pattern of polynomial time is tried on short strings only', async (t) => {
  const longest: [pattern: string, length: number, anchored?: false][] = [
    ['/a/.*/b/.*/c', 3162],
    ['.*.*.*x', 310],
    ['/(?:[a-z]+-?){3}/x$', 310],
    ['/(?:.*-.*-.*-.*|legacy)/export$', 88],
    ['(.*a){20}', 17],
    ['/(.+)\\1x', 310],
    ['(?:(?=.*x)a)*$', 3162],
    ['a+b', 3162, false],
    ['a.*b.*c', 310, false],
    ['^beta-\\d+$', Infinity, false],
    ['b', Infinity, false],
  ];
  for (const [pattern, length, anchored = true] of longest)
    t.equal(compilePattern(pattern, anchored).maxLength, length, pattern);
});

t.test("Kong's syntax is supported", async (t) => {
  const CASES: [pattern: string, text: string, matches: boolean][] = [
    ['(?i)/ABC', '/abc', true],
    ['/ABC', '/abc', false],
    ['\\A/a\\z', '/a', true],
    ['/a\\z', '/ab', false],
    // An escaped backslash before a z is not an anchor.
    ['\\\\z', '\\z', true],
  ];
  for (const [pattern, text, matches] of CASES)
    t.equal(compilePattern(pattern, true).regex.test(text), matches, `${pattern} on ${text}`);
  t.equal(compilePattern('/(?P<id>\\d+)', true).regex.exec('/42')?.groups?.['id'], '42');
});

t.test('alternatives are anchored together', async (t) => {
  const { regex } = compilePattern('a|b', true, true);
  t.same(
    ['a', 'b', 'ab', 'xb', 'ax'].filter((text) => regex.test(text)),
    ['a', 'b'],
  );
});
