/**
 * Malformed requests on a raw socket: two framings at once, huge heads, random bytes. None crashes the Worker or makes
 * the origin see a request that was not sent. Both releases of workerd.
 */
import fc from 'fast-check';
import { KEY, get, scene, stillServes, sendAll, sendBytes } from '../support/attack.ts';
import { onBothReleases } from '../support/both-releases.ts';

onBothReleases(async (t, workerd) => {
  const here = await scene(t, workerd);
  const { gateway, origin } = here;

  t.test('a request inside a body stays a body or is rejected', async (t) => {
    const inner = 'GET /public/smuggled HTTP/1.1\r\nHost: h\r\nX-Consumer-ID: c-1\r\n\r\n';
    const { length } = inner;
    const hex = length.toString(16);
    const chunk = `${hex}\r\n${inner}\r\n0\r\n\r\n`;
    const post = (headers: string, body: string): string =>
      `POST /public/x HTTP/1.1\r\nHost: h\r\n${headers}\r\n\r\n${body}`;
    const get = (rest: string): string => `GET /public/x HTTP/1.1\r\nHost: h\r\n${rest}`;
    // If the body ends before the inner request, that is a request of its own, and needs the key.
    const follows = inner.replace('/public', '/private');
    const attempts = [
      post(`Content-Length: ${length}\r\nContent-Length: 0`, inner),
      post(`Content-Length: 0\r\nContent-Length: ${length}`, follows),
      post(`Content-Length: ${length}\r\nTransfer-Encoding: identity`, inner),
      post(`Content-Length: ${length + 5}\r\nTransfer-Encoding: xchunked`, `0\r\n\r\n${inner}`),
      post(`Transfer-Encoding : chunked\r\nContent-Length: ${length}`, inner),
      post(`Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\nContent-Length: ${length}`, inner),
      post(`Content-Length: +${length}`, inner),
      post(`Content-Length: ${length}, ${length}`, inner),
      post(`Content-Length: 0x${hex}`, inner),
      post('Transfer-Encoding: chunked', chunk),
      post('Transfer-Encoding: chunked', chunk.replace('\r\n', ';ext="\n"\r\n')),
      post('Transfer-Encoding: gzip, chunked', chunk),
      post('Content-Length: 4\r\nTransfer-Encoding: chunked', `1\r\nZ\r\n0\r\n\r\n${follows}`),
      post(`Transfer-Encoding: chunked\r\nContent-Length: ${length}`, `0\r\n\r\n${follows}`),
      post(
        'Transfer-Encoding: chunked',
        `3;ext="\r\n";q\r\nabc\r\n0\r\nX-Consumer-ID: forged\r\napikey: x\r\n\r\n${follows}`,
      ),
      ...['FFFFFFFFFFFFFFFFF', '-1', '0x3'].map((size) =>
        post('Transfer-Encoding: chunked', `${size}\r\nabc\r\n0\r\n\r\n${follows}`),
      ),
      post('Content-Length: 0', follows),
      get(`Content-Length: ${length}\r\n\r\n${inner}`),
      get(`X-Consumer-ID : forged\r\n\r\n${follows}`),
      get(`X-A: 1\r\n X-Consumer-ID: forged\r\n\r\n${follows}`),
      get('X-A: b\r\n GET /public/smuggled HTTP/1.1\r\n\r\n'),
      get('X-A: b\rGET /public/smuggled HTTP/1.1\r\n\r\n'),
      get('X-A: b\0c\r\n\r\n'),
      `GET /public/x?a=1%0d%0aGET%20/public/escaped HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      `GET /public/x\tHTTP/1.1\r\nHost: h\r\n\r\n`,
      `GET /public/x HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n`,
      `GET /public/x HTTP/3.9\r\nHost: h\r\n\r\n`,
      `GET /public/x HTTP/1.1\nHost: h\n\n${follows}`,
      `\r\n\r\n\r\nGET /public/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
    ];
    await sendAll(gateway.port, attempts);
    t.ok(origin.received.length >= 8, 'some of them are valid requests');
    for (const { method, url, header } of origin.received) {
      if (/smuggled|private/.test(url)) t.fail(`${method} ${url}`);
      t.equal(header('x-consumer-id'), null);
    }
    await stillServes(t, here);
  });

  t.test('the Worker survives huge heads and floods of malformed requests', async (t) => {
    const lines = (count: number, line: (index: number) => string): string =>
      Array.from({ length: count }, (_, i) => line(i)).join('');
    await sendAll(gateway.port, [
      get(`/public/${'a'.repeat(200_000)}`),
      get('/public/x', 'h', `X-Big: ${'b'.repeat(500_000)}\r\n`),
      get(
        '/public/x',
        'h',
        lines(5000, (i) => `X-${i}: v\r\n`),
      ),
      get(
        '/private/x',
        'h',
        lines(500, () => 'apikey: a\r\n'),
      ),
      get(`/private/x?${'apikey=a&'.repeat(3000)}`),
      get('/private/x', 'h', `apikey: ${KEY}\r\napikey: wrong\r\n`),
    ]);
    t.notOk(origin.received.some(({ header }) => header('apikey')?.includes('wrong')));
    await stillServes(t, here);
  });

  t.test('the Worker survives random bytes in every part of a request', async (t) => {
    origin.received.length = 0;
    const odd = fc.string({
      unit: fc.constantFrom(
        ...Array.from('aA/\\%.2eEfF05c?#&=;:@ \t"\'<>{}|^`~_-+,*()[]'),
        '\0',
        '\x7f',
        '\x80',
        '\xff',
        '..',
        '//',
        '%2e',
        '%00',
        'private',
        'public',
      ),
      maxLength: 40,
    });
    const bytes = fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'PUT', 'get', 'GE T', 'TRACE', 'OPTIONS', 'X\x80'),
        odd,
        odd,
        odd,
        odd,
        fc.constantFrom('', 'body', 'a=1&apikey=x'),
      )
      .map(
        ([method, path, host, name, value, body]) =>
          `${method} /${path} HTTP/1.1\r\nHost: ${host}\r\n${name}: ${value}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    await sendAll(gateway.port, fc.sample(bytes, { numRuns: 150, seed: 8 }));
    const paths = origin.received.map(({ url }) => new URL(url, 'http://h').pathname);
    t.same(
      paths.filter((path) => path.startsWith('/private')),
      [],
    );
    await stillServes(t, here);
  });

  // Last, because the runtime reports the reset of an upgraded connection as an exception.
  t.test('bytes after an upgrade are not parsed as a request', async (t) => {
    origin.received.length = 0;
    const upgrade = `HTTP/1.1
      Host: h
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`.replaceAll(/\n\s*/g, '\r\n');
    for (const head of [`GET /public/x ${upgrade}`, `POST /public/x ${upgrade}\r\nContent-Length: 0`])
      await sendBytes(gateway.port, `${head}\r\n\r\nGET /private/inner HTTP/1.1\r\nHost: h\r\n\r\n`);
    t.equal((await fetch(`${gateway.url}/public/alive`)).status, 200);
    t.ok(origin.received.every(({ url }) => url.startsWith('/public/')));
  });
});
