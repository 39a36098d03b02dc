import t from 'tap';
import { checkResponseHeaders } from '../../../lib/config/check-response-headers.ts';

t.test("the tutorial's headers are the default", async (t) => {
  t.match(checkResponseHeaders({}, 'responseHeaders', []), {
    origin: 'Origin',
    country: 'Country',
    cacheControl: 'max-age=3',
    version: { header: 'Version', path: '/', method: 'POST', ttlSeconds: 60, field: null },
  });
});

t.test('each can be renamed or switched off on its own', async (t) => {
  t.match(
    checkResponseHeaders(
      { origin: false, country: false, cacheControl: false, version: false },
      'responseHeaders',
      [],
    ),
    {
      origin: null,
      country: null,
      cacheControl: null,
      version: null,
    },
  );
  t.match(
    checkResponseHeaders(
      { origin: 'X-Node', version: { path: '/v', method: 'GET', field: '/v' } },
      'responseHeaders',
      [],
    ),
    { origin: 'X-Node', version: { header: 'Version', path: '/v', method: 'GET', field: '/v' } },
  );
});

t.test('nothing that would break a header line is accepted', async (t) => {
  for (const responseHeaders of [
    { origin: 'a b' },
    { cacheControl: 'a\r\nb: c' },
    { version: { header: 'a:b' } },
    { version: { ttlSeconds: 0 } },
    { version: { path: 'v' } },
  ]) {
    const faults: string[] = [];
    checkResponseHeaders(responseHeaders, 'responseHeaders', faults);
    t.equal(faults.length, 1, JSON.stringify(responseHeaders));
  }
});
