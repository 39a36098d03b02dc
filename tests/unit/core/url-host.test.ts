import t from 'tap';
import fc from 'fast-check';
import { readHost } from '../../../lib/core/url-host.ts';
import { anyText } from '../../support/any-text.ts';
import { testProperty } from '../../support/property.ts';
import { words } from '../../support/words.ts';

t.test('all spellings of a host are one host', async (t) => {
  const CASES: [sent: string, read: string][] = [
    ['API.Example.com.', 'api.example.com'],
    ['api.example.com:', 'api.example.com'],
    ['api.example.com.:0080', 'api.example.com:80'],
    ['XN--bcher-KVA.example', 'xn--bcher-kva.example'],
    ['\uff45vil\u3002example', 'evil.example'],
    ['ex\u00adample.com', 'example.com'],
    ['*.b\u00fccher.example', '*.xn--bcher-kva.example'],
    ['a_b.example', 'a_b.example'],
    ['255.249.199.10:65535', '255.249.199.10:65535'],
    ['10.0.0.01:80', '10.0.0.1:80'],
    ['10.0.0.1.:080', '10.0.0.1:80'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433:80', '127.0.0.1:80'],
    ['[2001:DB8:0::1]:443', '[2001:db8::1]:443'],
    ['[::ffff:1.2.3.4]', '[::ffff:102:304]'],
  ];
  for (const [sent, read] of CASES) {
    t.equal(readHost(sent), read, sent);
    t.equal(readHost(read), read, 'read again');
  }
});

t.test('malformed hosts', async (t) => {
  const none = words`
    . .. a..b .a a.com.. :80 a:65536 a:b a:80:81 evil@a a/b a\b a?b a#b %65vil a,b [fe80::1%25eth0]
    [::1 ::1 256.1.1.1 1.1.1.1.1 1.1.1.1:65536 x.0x7f
  `;
  for (const sent of [...none, '', 'a b', 'a\tb', 'a'.repeat(254), 'a.'.repeat(30_000) + 'b'])
    t.equal(readHost(sent), null, sent.slice(0, 40));
});

const piece = fc.constantFrom(...words`a B . .. : 80 * - _ @ / %41 1 0x [ ] ::1`, '\u00e9');
const pieces = fc.array(piece).map((all) => all.join(''));
const title = 'any host that is accepted is one for the URL parser too';
testProperty(title, [fc.oneof(pieces, anyText)], 1000, (sent) => {
  const read = readHost(sent);
  if (read === null) return true;
  const { hostname } = new URL(`http://${read.replace(/:\d*$/, '')}`);
  return readHost(read) === read && hostname + (/:\d+$/.exec(read)?.[0] ?? '') === read;
});
