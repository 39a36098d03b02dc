import t from 'tap';
import { checkKong } from '../../../lib/config/check-kong.ts';

t.test("Kong's own settings have Kong's defaults", async (t) => {
  t.match(checkKong({}, 'kong', []), {
    headers: true,
    upstreamRequestId: true,
    realIpHeader: 'X-Real-IP',
    realIpRecursive: false,
    portMaps: {},
    charset: true,
    errorType: 'text/plain',
  });
});

t.test('headers are all, none or some; ports are numbers', async (t) => {
  const faults: string[] = [];
  const { headers, portMaps } = checkKong({ headers: ['Via'], portMaps: { '80': 8000 } }, 'kong', faults);
  t.same([headers, portMaps, faults], [['Via'], { '80': 8000 }, []]);
  checkKong({ headers: ['a b'], portMaps: { '80': 0 } }, 'kong', faults);
  t.match(faults, [
    /^kong\.headers\[0\] must be a header name/,
    /^kong\.portMaps\.80 must be a whole number from 1/,
  ]);
});
