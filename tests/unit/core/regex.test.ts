import t from 'tap';
import { compilePattern, routePatternFault } from '../../../lib/core/regex.ts';
import { words } from '../../support/words.ts';

t.test('a pattern that could take exponential time is refused', async (t) => {
  const bad: Record<string, RegExp> = {
    '(a+)+$': /two ways/,
    '(a|aa)+$': /two ways/,
    '(a|a)*$': /two ways/,
    '((a|a))*x': /two ways/,
    '(\\w+\\s?)*$': /two ways/,
    '(x+x+)+y': /two ways/,
    '(([a-z])+.)+[A-Z]([a-z])+$': /two ways/,
    '(/[a-z]*[a-z]*)*x': /two ways/,
    '(/a?a?)*x': /two ways/,
    '(/(ab)?(ab)?)*x': /two ways/,
    '(((a+)))+': /two ways/,
    '(?:a{1,3}){4,}$': /two ways/,
    '(?=(a+)+$)x': /two ways/,
    '(?!(a|a)*$)x': /two ways/,
    '([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*$': /two ways/,
    '(a*)*': /match nothing/,
    '(a*b*)*': /match nothing/,
    '(a?){30}a': /match nothing/,
    '(.*){3}x': /match nothing/,
    '(a|aa){20}$': /too many ways/,
    '(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)$': /too many ways/,
    'a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaa': /too many ways/,
    '(?<=(a+)b)c': /look behind/,
    '(?<!x*)y': /look behind/,
  };
  bad[`(?:${'abcdefghij'.repeat(101)})`] = /too long/;
  for (const [pattern, fault] of Object.entries(bad)) t.match(routePatternFault(pattern), fault, pattern);
});

t.test('honest path patterns are taken, for strings of any length', async (t) => {
  const good = words`
    /users/\d+/profile /(?<namespace>[^/]+)/(?<id>[0-9]+)/? /api/v(1|2)(/.*)?$ (/[^/]+)*$ (?:[^/]+/)*x (\w+\.)+com
    (\d{1,3}\.){3}\d{1,3} /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12} /(?!internal).* /status/(ab)c? (?:/(\w+))*
    ([a-z]{2}){3} /(a|b)/(c|d)/(e|f) (bar|baz)+x (/a(b)?)*x /a/.*/b /users/[^/]+/posts/[^/]+/comments/[^/]+$
    /[\w-]+/[\w-]+\.(json|xml)$ /(en|de|fr)/.+\.html /v\d+(\.\d+)*/.* (?=.*a)(?=.*b)/x (?<!internal)/x (x(a|aa))*y
  `;
  for (const pattern of good) t.equal(compilePattern(pattern, true).maxLength, Infinity, pattern);
});

t.test('what is no pattern at all is refused with the reason', async (t) => {
  for (const pattern of ['(', '[a', 'a{2,1}', '*'])
    t.match(routePatternFault(pattern), /Invalid regular expression/);
});

t.test('a pattern that is merely polynomial is tried on short strings alone', async (t) => {
  const longest: [pattern: string, anchored: boolean, length: number][] = [
    ['/a/.*/b/.*/c', true, 3162],
    ['/.*/private/.*/doc.*', true, 3162],
    ['.*.*.*x', true, 310],
    ['/(?:[a-z]+-?){3}/x$', true, 310],
    ['/(?:.*-.*-.*-.*|legacy)/export$', true, 88],
    ['(.*a){20}', true, 17],
    ['/(.+)\\1x', true, 310],
    ['(?:(?=.*x)a)*$', true, 3162],
    ['a+b', false, 3162],
    ['.*x', false, 3162],
    ['a.*b.*c', false, 310],
    ['^beta-\\d+$', false, Infinity],
    ['b', false, Infinity],
  ];
  for (const [pattern, anchored, length] of longest)
    t.equal(compilePattern(pattern, anchored).maxLength, length, pattern);
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
