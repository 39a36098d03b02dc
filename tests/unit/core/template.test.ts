/** Texts with $(…) in them. */
import t from 'tap';
import { compileTemplate, fillTemplate, templateFault } from '../../../lib/core/template.ts';
import type { TemplateSource } from '../../../lib/core/template.ts';

const from = (record: Record<string, string>) => (name: string) =>
  Object.hasOwn(record, name) ? record[name]! : null;
const source: TemplateSource = {
  headers: from({ host: 'h.test', 'x-y': 'y' }),
  query_params: from({ q: '1', empty: '' }),
  uri_captures: from({ id: '7', '0': '/a/7', '1': '7' }),
};

t.test('the forms that people write', async (t) => {
  const CASES: readonly [string, string][] = [
    ['plain', 'plain'],
    ['', ''],
    ['a $5 (b)', 'a $5 (b)'],
    ['$(headers.host)', 'h.test'],
    ['$(headers["x-y"])/$(headers[\'x-y\'])', 'y/y'],
    ['/u/$(uri_captures.id)/$(uri_captures[1])$(uri_captures[0])', '/u/7/7/a/7'],
    ["$(query_params.none or 'else')", 'else'],
    ["$(query_params.empty or 'else')", ''],
    ['$(query_params.none)', ''],
    ["$(query_params.none or headers.nope or query_params.q or 'x')", '1'],
    ["$('$x')", '$x'],
    ["$('a)b')", 'a)b'],
    ['$( headers.host )!', 'h.test!'],
    ['$(headers.constructor)', ''],
    ['$(uri_captures.__proto__)', ''],
  ];
  for (const [text, expected] of CASES) t.equal(fillTemplate(compileTemplate(text), source), expected, text);
});

t.test('anything else is refused and named', async (t) => {
  const FAULTS = [
    '$(nofunc())',
    '$(headers)',
    '$(headers.x .. "y")',
    '$(string.sub(headers.x, 1))',
    '$(headers.a and headers.b)',
    '$(headers.x',
    '$()',
    '$(shared.x)',
    '$(headers.x or)',
    '$(headers["a" .. "b"])',
    "$(headers['a'b'])",
  ];
  for (const text of FAULTS) t.match(templateFault(text), /\$\(\.\.\.\) can be filled in \(/, text);
  t.equal(templateFault('$(headers.x)'), null);
});

t.test('what a caller wrote is never read as a template, and can be changed on its way in', async (t) => {
  const evil = { ...source, headers: () => '$(query_params.q)' };
  t.equal(fillTemplate(compileTemplate('<$(headers.x)>'), evil), '<$(query_params.q)>');
  const change = (value: string, place: string) => `${place}:${value.toUpperCase()}`;
  t.equal(fillTemplate(compileTemplate("a$(headers.host)$('b')"), source, change), 'aheaders:H.TESTb');
});
