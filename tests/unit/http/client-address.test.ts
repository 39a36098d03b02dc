import t from 'tap';
import { forwardedAddress } from '../../../lib/http/client-address.ts';
import { parseNetwork } from '../../../lib/core/ip.ts';

const TRUSTED = ['127.0.0.1', '172.16.0.1', '192.168.0.1'].map((text) => parseNetwork(text)!);

t.test('a trusted peer says who called', async (t) => {
  const cases: [word: string | null, recursive: boolean, caller: string][] = [
    [null, true, '127.0.0.1'],
    ['', true, '127.0.0.1'],
    ['10.0.0.1', false, '10.0.0.1'],
    ['10.0.0.1, 10.0.0.2', true, '10.0.0.2'],
    ['127.0.0.1, 10.0.0.1, 192.168.0.1, 127.0.0.1, 172.16.0.1', true, '10.0.0.1'],
    ['127.0.0.1, 10.0.0.1, 192.168.0.1, 127.0.0.1, 172.16.0.1', false, '172.16.0.1'],
    ['192.168.0.1, 172.16.0.1', true, '192.168.0.1'],
    ['evil, 172.16.0.1', true, '172.16.0.1'],
    ['evil', true, '127.0.0.1'],
    ['2001:DB8:0::1', true, '2001:db8::1'],
    ['203.0.113.7:50001', true, '203.0.113.7'],
    ['[2001:db8::7]:50001', true, '2001:db8::7'],
    ['198.51.100.7, 192.168.0.1:443', true, '198.51.100.7'],
    ['198.51.100.7, [::ffff:192.168.0.1]:443', true, '198.51.100.7'],
    ['::ffff:198.51.100.7', true, '198.51.100.7'],
    ['198.51.100.7, 010.0.0.1', true, '127.0.0.1'],
  ];
  for (const [word, recursive, caller] of cases)
    t.equal(forwardedAddress('127.0.0.1', word, TRUSTED, recursive), caller, `${word} ${recursive}`);
});
