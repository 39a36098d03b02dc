import t from 'tap';
import { fromPcre } from '../../cli/import-kong/regex.ts';

t.test('PCRE patterns are translated to JavaScript', async (t) => {
  const cases: [pcre: string, javascript: string][] = [
    ['/users/(?P<id>\\d+)', '/users/(?<id>\\d+)'],
    ['/users/(?<id>\\d+)', '/users/(?<id>\\d+)'],
    ['(?P<a>x)(?P=a)', '(?<a>x)\\k<a>'],
    ['(?i)/abc', '(?i)/abc'],
    ['/a++/b*+/c?+/d{2}+', '/a+/b*/c?/d{2}'],
    ['/a\\++', '/a\\++'],
    ['(?>a|b)c', '(?:a|b)c'],
    ['\\A/a\\z', '^/a$'],
    ['/[[:alpha:]_]+', '/[a-zA-Z_]+'],
    ['/[[:constructor:]]', '/[[:constructor:]]'],
    ['/[^[:digit:]]', '/[^\\d]'],
    ['[]a]', '[\\]a]'],
    ['[^]a]', '[^\\]a]'],
    ['\\Qa.b\\E+', 'a\\.b+'],
    ['\\x{e9}', '\\u00e9'],
    ['a(?#note)b', 'ab'],
    ['/a\\hb', '/a[ \\t]b'],
    ['(?<=a)b(?<!c)d(?!e)(?=f)', '(?<=a)b(?<!c)d(?!e)(?=f)'],
  ];
  for (const [pcre, javascript] of cases) {
    t.equal(fromPcre(pcre), javascript, pcre);
    if (!pcre.startsWith('(?i)')) t.doesNotThrow(() => new RegExp(javascript));
  }
});
