/**
 * Bytes on a socket that are no good request: two framings at once, huge heads, anything in any place. Nothing crashes the Worker or makes
 * the origin see a request that was not sent. Both releases of workerd.
 */
import fc from 'fast-check';
import { KEY, get, scene, stillServes, throwBytes } from '../support/attack.ts';
import { onBothReleases } from '../support/both-releases.ts';

onBothReleases(async (t, workerd) => {
  const here = await scene(t, workerd);
  const { gateway, origin } = here;

  t.test('a request inside a request stays a body or is refused', async (t) => {
    const inner = 'GET /public/smuggled HTTP/1.1\r\nHost: h\r\n\r\n';
    const post = (headers: string, body: string): string =>
      `POST /public/x HTTP/1.1\r\nHost: h\r\n${headers}\r\n${body}`;
    const attempts = [
      post(`Content-Length: ${inner.length}\r\nContent-Length: 0\r\n`, inner),
      post(`Content-Length: 0\r\nContent-Length: ${inner.length}\r\n`, inner.replace('smuggled', 'second')),
      post(`Content-Length: ${inner.length}\r\nTransfer-Encoding: identity\r\n`, inner),
      post(`Content-Length: ${inner.length + 5}\r\nTransfer-Encoding: xchunked\r\n`, `0\r\n\r\n${inner}`),
      post(`Transfer-Encoding : chunked\r\nContent-Length: ${inner.length}\r\n`, inner),
      post(
        `Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\nContent-Length: ${inner.length}\r\n`,
        inner,
      ),
      post(`Content-Length: +${inner.length}\r\n`, inner),
      post(`Content-Length: ${inner.length}, ${inner.length}\r\n`, inner),
      post(`Content-Length: 0x${inner.length.toString(16)}\r\n`, inner),
      post('Transfer-Encoding: chunked\r\n', `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`),
      post(
        'Transfer-Encoding: chunked\r\n',
        `${inner.length.toString(16)};ext="\n"\r\n${inner}\r\n0\r\n\r\n`,
      ),
      `GET /public/x HTTP/1.1\r\nHost: h\r\nX-A: b\r\n GET /public/smuggled HTTP/1.1\r\n\r\n`,
      `GET /public/x?a=1%0d%0aGET%20/public/smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`.replace(
        'smuggled',
        'escaped',
      ),
      `GET /public/x HTTP/1.1\r\nHost: h\r\nX-A: b\rGET /public/smuggled HTTP/1.1\r\n\r\n`,
      `GET /public/x HTTP/1.1\r\nHost: h\r\nX-A: b\0c\r\n\r\n`,
      `GET /public/x\tHTTP/1.1\r\nHost: h\r\n\r\n`,
      `GET /public/x HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n`,
      `GET /public/x HTTP/3.9\r\nHost: h\r\n\r\n`,
      `\r\n\r\n\r\nGET /public/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
    ];
    for (const bytes of attempts) await throwBytes(gateway.port, bytes);
    for (const { url, method } of origin.received) if (url.includes('smuggled')) t.fail(`${method} ${url}`);
    await stillServes(t, here);
  });

  t.test('huge heads and hopeless floods are survived', async (t) => {
    await throwBytes(gateway.port, get(`/public/${'a'.repeat(200_000)}`));
    await throwBytes(gateway.port, get('/public/x', 'h', `X-Big: ${'b'.repeat(500_000)}\r\n`));
    await throwBytes(
      gateway.port,
      get('/public/x', 'h', Array.from({ length: 5000 }, (_, i) => `X-${i}: v\r\n`).join('')),
    );
    await throwBytes(
      gateway.port,
      get('/private/x', 'h', Array.from({ length: 500 }, () => 'apikey: a\r\n').join('')),
    );
    await throwBytes(gateway.port, get(`/private/x?${'apikey=a&'.repeat(3000)}`));
    await throwBytes(gateway.port, get('/private/x', 'h', `apikey: ${KEY}\r\napikey: wrong\r\n`));
    t.notOk(origin.received.some(({ header }) => header('apikey')?.includes('wrong')));
    await stillServes(t, here);
  });

  t.test('random bytes in every part of a request', async (t) => {
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
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        await throwBytes(gateway.port, sent, 60);
        return !origin.received.some(({ url }) => new URL(url, 'http://h').pathname.startsWith('/private'));
      }),
      { numRuns: 150, seed: 8, endOnFailure: true },
    );
    await stillServes(t, here);
  });
});
