/** What a signature's header says, and what was signed. */
import t from 'tap';
import { readSignature, signedText } from '../../../../lib/auth/hmac/signature.ts';
import { callTo } from '../../../support/journeys.ts';

t.test('the header', async (t) => {
  const GOOD =
    'hmac username="ada", algorithm="hmac-sha256", headers="x-date request-line", signature="QUJD"';
  const read = {
    username: 'ada',
    algorithm: 'hmac-sha256',
    names: ['x-date', 'request-line'],
    signature: 'QUJD',
  };
  const SAME = [
    GOOD,
    GOOD.replace('hmac ', 'Hmac '),
    GOOD.replace('hmac ', 'hmac'),
    GOOD.replaceAll(', ', ','),
    GOOD.replaceAll(', ', ',    '),
    `Signature ${GOOD}`,
    `${GOOD} and more`,
  ];
  for (const text of SAME) t.same(readSignature(text), read, text);
  t.equal(
    readSignature(`${GOOD}, more="x"`)?.signature,
    'QUJD", more="x',
    'up to the last quote, as in Kong',
  );
  t.same(readSignature(GOOD.replace('x-date request-line', 'a  b'))?.names, ['a', '', 'b']);
  const NONE = [
    '',
    'Bearer abc',
    GOOD.replace('hmac ', 'HMAC '),
    GOOD.replace('hmac', 'hmax'),
    GOOD.replace('ada', ''),
    GOOD.replace('QUJD', ''),
    GOOD.replace('x-date request-line', ''),
    GOOD.replace(/,/g, ''),
    'hmac algorithm="hmac-sha256", username="ada", headers="x-date", signature="QUJD"',
    GOOD.replaceAll('"', "'"),
    'hmac username="'.repeat(10_000),
    `hmac${' '.repeat(100_000)}`,
    'hmac username="a", algorithm="'.repeat(5000),
  ];
  for (const text of NONE) t.equal(readSignature(text), null, text.slice(0, 80));
});

t.test('the text', async (t) => {
  const headers = { 'x-date': 'D', 'x-batch': '8, 9', host: 'h.test' };
  const context = callTo("/a?b=it's", { method: 'POST', headers });
  const text = (...names: string[]) => signedText(context, names, "/a?b=it's");
  t.equal(text('x-date'), 'x-date: D');
  t.equal(text('X-Date', 'x-batch'), 'X-Date: D\nx-batch: 8, 9');
  t.equal(text('x-none'), 'x-none:');
  t.equal(text('x_date'), 'x_date: D', 'as nginx reads it');
  t.equal(text('@request-target'), "@request-target: post /a?b=it's");
  t.equal(text('request-line'), "POST /a?b=it's HTTP/1.1");
  t.equal(text('Request-Line'), 'Request-Line:', 'spelt so');
  t.equal(text('', 'a b', 'é', '__proto__', 'a:b'), ':\na b:\né:\n__proto__:\na:b:');
  t.equal(text('x-date', 'x-date'), 'x-date: D\nx-date: D');
  const two = callTo('/', { method: 'GET' });
  Object.assign(two.request, { cf: { httpProtocol: 'HTTP/2' } });
  t.equal(signedText(two, ['request-line'], '/'), 'GET / HTTP/2.0');
  const own = callTo('/', { headers: { 'request-line': 'mine' } });
  t.equal(signedText(own, ['request-line'], '/'), 'request-line: mine');
});

t.test('a long header that is named a thousand times', async (t) => {
  const context = callTo('/', { headers: { x: 'y'.repeat(1000) } });
  const text = (times: number) => signedText(context, Array(times).fill('x'), '/');
  t.equal(text(1000), null);
  t.equal(text(100)?.length, 100 * 1004 - 1);
});
