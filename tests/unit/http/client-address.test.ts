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
    ['2001:db8::1', true, '2001:db8::1'],
  ];
  for (const [word, recursive, caller] of cases)
    t.equal(forwardedAddress('127.0.0.1', word, TRUSTED, recursive), caller, `${word} ${recursive}`);
});
