import t from 'tap';
import { checkStamp } from '../../../lib/config/check-response-headers.ts';

t.test("the tutorial's headers are the default", async (t) => {
  t.match(checkStamp({}, 'stamp', []), {
    origin: 'Origin',
    country: 'Country',
    cacheControl: 'max-age=3',
    version: { header: 'Version', path: '/', method: 'POST', ttlSeconds: 60, field: null },
  });
});

t.test('each can be renamed or switched off on its own', async (t) => {
  t.match(checkStamp({ origin: false, country: false, cacheControl: false, version: false }, 'stamp', []), {
    origin: null,
    country: null,
    cacheControl: null,
    version: null,
  });
  t.match(
    checkStamp({ origin: 'X-Node', version: { path: '/v', method: 'GET', field: '/v' } }, 'stamp', []),
    { origin: 'X-Node', version: { header: 'Version', path: '/v', method: 'GET', field: '/v' } },
  );
});

t.test('nothing that would break a header line is accepted', async (t) => {
  for (const stamp of [
    { origin: 'a b' },
    { cacheControl: 'a\r\nb: c' },
    { version: { header: 'a:b' } },
    { version: { ttlSeconds: 0 } },
    { version: { path: 'v' } },
  ]) {
    const faults: string[] = [];
    checkStamp(stamp, 'stamp', faults);
    t.equal(faults.length, 1, JSON.stringify(stamp));
  }
});
