/** The signature header and the signed string, where no case of Kong covers them: tests/kong/further/signatures.ts. */
import t from 'tap';
import { readSignature, signedText } from '../../../../lib/auth/hmac/signature.ts';
import { callTo } from '../../../support/context.ts';

t.test('parsing of the header', async (t) => {
  const GOOD =
    'hmac username="ada", algorithm="hmac-sha256", headers="x-date request-line", signature="QUJD"';
  const [username, algorithm, names] = ['ada', 'hmac-sha256', ['x-date', 'request-line']];
  for (const text of [GOOD, GOOD.replace('hmac ', 'hmac').replaceAll(', ', ',    ')])
    t.same(readSignature(text), { username, algorithm, names, signature: 'QUJD' }, text);
  const more = readSignature(`${GOOD}, more="x"`)?.signature;
  t.equal(more, 'QUJD", more="x', 'up to the last quote, as in Kong');
  const MALFORMED = [
    '',
    'Bearer abc',
    ...['ada', 'QUJD', 'x-date request-line'].map((text) => GOOD.replace(text, '')),
    'hmac algorithm="hmac-sha256", username="ada", headers="x-date", signature="QUJD"',
    GOOD.replaceAll('"', "'"),
    'hmac username="'.repeat(10_000),
    `hmac${' '.repeat(100_000)}`,
    'hmac username="a", algorithm="'.repeat(5000),
  ];
  for (const text of MALFORMED) t.equal(readSignature(text), null, text.slice(0, 80));
});

t.test('the signed string', async (t) => {
  const text = (names: string[], headers: Record<string, string> = {}, cf: object = {}) => {
    const context = callTo("/a?b=it's", { method: 'POST', headers });
    Object.assign(context.request, { cf });
    return signedText(context, names, "/a?b=it's");
  };
  t.equal(text(['X-Batch', 'x-none'], { 'x-batch': '8, 9' }), 'X-Batch: 8, 9\nx-none:');
  t.equal(text(['@request-target']), "@request-target: post /a?b=it's");
  t.equal(text(['request-line'], {}, { httpProtocol: 'HTTP/2' }), "POST /a?b=it's HTTP/2.0");
  t.equal(text(['request-line'], { 'request-line': 'mine' }), 'request-line: mine');
  t.equal(text(['Request-Line']), 'Request-Line:', 'only in lower case');
  t.equal(text(['', 'a b', 'é', '__proto__', 'a:b']), ':\na b:\né:\n__proto__:\na:b:');
  const long = { x: 'y'.repeat(1000) };
  t.equal(text(Array(100).fill('x'), long)?.length, 100 * 1004 - 1);
  t.equal(text(Array(1000).fill('x'), long), null, 'a long header, named a thousand times');
});
