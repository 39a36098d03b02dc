/** Strings with $(…) in them. */
import t from 'tap';
import { compileTemplate, fillTemplate, templateFault } from '../../../lib/core/template.ts';
import type { TemplateSource } from '../../../lib/core/template.ts';

const from = (record: Record<string, string>) => (name: string) =>
  Object.hasOwn(record, name) ? record[name]! : null;
const source: TemplateSource = {
  // A caller's value is never parsed as a template.
  headers: from({ host: 'h.test', 'x-y': '$(query_params.q)' }),
  query_params: from({ q: '1', empty: '' }),
  uri_captures: from({ id: '7', '0': '/a/7' }),
};

t.test('supported expressions', async (t) => {
  const CASES: readonly [string, string][] = [
    ['a $5 (b)', 'a $5 (b)'],
    ['$(headers["x-y"])/$(headers[\'host\'])', '$(query_params.q)/h.test'],
    ["$(query_params.none or 'else')", 'else'],
    ["$(query_params.empty or 'else')", ''],
    ["$(query_params.none or headers.nope or query_params.q or 'x')", '1'],
    ["$('a)b')", 'a)b'],
    ['$( headers.host )!', 'h.test!'],
  ];
  for (const [text, expected] of CASES) t.equal(fillTemplate(compileTemplate(text), source), expected, text);
  const change = (value: string, place: string) => `${place}:${value.toUpperCase()}`;
  t.equal(fillTemplate(compileTemplate("a$(headers.host)$('b')"), source, change), 'aheaders:H.TESTb');
});

t.test('any other expression is rejected and named', async (t) => {
  const FAULTS = [
    '$(nofunc())',
    '$(string.sub(headers.x, 1))',
    '$(headers.a and headers.b)',
    '$(headers.x',
    '$(shared.x)',
    '$(headers.x or)',
    '$(headers["a" .. "b"])',
    "$(headers['a'b'])",
  ];
  for (const text of FAULTS) t.match(templateFault(text), /\$\(\.\.\.\) can be filled in \(/, text);
  t.equal(templateFault('$(headers.x)'), null);
});
