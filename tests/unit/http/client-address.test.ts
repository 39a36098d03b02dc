import t from 'tap';
import { forwardedAddress } from '../../../lib/http/client-address.ts';
import { parseNetwork } from '../../../lib/core/ip.ts';

const TRUSTED = ['127.0.0.1', '172.16.0.1', '192.168.0.1'].map((text) => parseNetwork(text)!);

t.test("a trusted peer's header names the caller", async (t) => {
  const CASES: [header: string | null, caller: string, recursive?: false][] = [
    [null, '127.0.0.1'],
    ['', '127.0.0.1'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.2'],
    ['127.0.0.1, 10.0.0.1, 192.168.0.1, 127.0.0.1, 172.16.0.1', '10.0.0.1'],
    ['127.0.0.1, 10.0.0.1, 192.168.0.1, 127.0.0.1, 172.16.0.1', '172.16.0.1', false],
    ['192.168.0.1, 172.16.0.1', '192.168.0.1'],
    ['evil, 172.16.0.1', '172.16.0.1'],
    ['evil', '127.0.0.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[2001:db8::7]:50001', '2001:db8::7'],
    ['198.51.100.7, [::ffff:192.168.0.1]:443', '198.51.100.7'],
    ['198.51.100.7, 010.0.0.1', '127.0.0.1'],
  ];
  for (const [header, caller, recursive = true] of CASES)
    t.equal(forwardedAddress('127.0.0.1', header, TRUSTED, recursive), caller, `${header} ${recursive}`);
});
