/**
 * The origin gets what a caller sends, and vice versa: probes of request lines and headers, both releases of workerd. A
 * three-line passthrough fails several of them (redirects expose the origin's address, forged X-Forwarded-* pass,
 * hop-by-hop headers leak), every library in the field more.
 */
import { onBothReleases } from '../support/both-releases.ts';
import { pair } from '../support/pair.ts';

onBothReleases(async (t, workerd) => {
  const { origin, gateway, send, got } = await pair(t, workerd);
  t.beforeEach(() => origin.behave({}));

  t.test('methods, bodies, paths and queries keep their bytes', async (t) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const body = /^P|^D/.test(method) ? `body of ${method}` : '';
      await send({ method, path: '/m', body });
      t.same([got().method, String(got().body)], [method, body]);
    }
    const paths = [
      '/a//b',
      '/a%2Fb',
      '/caf%C3%A9/%E2%82%AC',
      '/a;v=1/b',
      '/a/b/',
      '/%7Euser',
      '/a+b',
      '/.well-known/x',
      '/a:b@c',
      '/~!$&*()=,',
    ];
    const queries = [
      '?a=1&b=2&a=3',
      '?q=%20%2B%26',
      '?x[]=1&x[]=2',
      '?empty=&flag',
      '?a=b?c=/d',
      '?u=https://x/y',
      '?plus=a+b',
      '?%F0%9F%98%80',
    ];
    for (const path of [...paths, ...queries.map((query) => `/q${query}`)]) {
      const { status } = await send({ path });
      t.same([status, got().url], [200, path], path);
    }
  });

  t.test('statuses are unchanged', async (t) => {
    for (const status of [
      200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 409, 410, 418, 422, 429, 451, 500, 501, 502, 503,
      504, 599,
    ]) {
      origin.behave({ status, body: `body of ${status}` });
      const answer = await send({ method: 'POST', body: 'b' });
      t.same(
        [answer.status, answer.text],
        [status, status === 204 || status === 304 ? '' : `body of ${status}`],
      );
    }
  });

  t.test(
    'redirects go to the caller, and a Location that names the origin names the public host',
    async (t) => {
      const before = origin.received.length;
      for (const status of [301, 302, 303, 307, 308]) {
        origin.behave({ status, headers: { location: `${origin.url}/next?a=1#f` }, body: null });
        const answer = await send({ path: '/here' });
        t.same([answer.status, answer.header('location')], [status, `${gateway.url}/next?a=1#f`]);
      }
      for (const location of ['/relative', 'https://elsewhere.example/x', `${origin.url}1/x`, 'next']) {
        origin.behave({ status: 302, headers: { location }, body: null });
        t.equal((await send({})).header('location'), location, `${location} stays`);
      }
      t.ok(
        origin.received.slice(before).every(({ url }) => url === '/here' || url === '/'),
        'no one followed',
      );
    },
  );

  t.test('several Set-Cookie headers stay separate', async (t) => {
    const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'c=3'];
    origin.behave({ headers: { 'set-cookie': cookies } });
    t.same((await send({})).all('set-cookie'), cookies);
  });

  t.test('hop-by-hop headers are not forwarded, either way', async (t) => {
    origin.behave({
      headers: { connection: 'x-inner, close', 'x-inner': '1', 'keep-alive': 'timeout=9', 'x-outer': '1' },
    });
    const answer = await send({
      headers: [
        ['Connection', 'x-hop, keep-alive'],
        ['X-Hop', '1'],
        ['Keep-Alive', '5'],
        ['TE', 'trailers'],
        ['Proxy-Authorization', 'Basic x'],
        ['Proxy-Connection', 'keep-alive'],
        ['X-Stays', '1'],
      ],
    });
    for (const name of ['x-hop', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection'])
      t.equal(got().header(name), null, name);
    t.equal(got().header('x-stays'), '1');
    t.same([answer.header('x-inner'), answer.header('x-outer')], [null, '1']);
  });

  t.test('the origin gets address, host and scheme of the caller, and forgeries are dropped', async (t) => {
    for (const [forwardedHeaders, expected] of [
      ['for', ['127.0.0.1', null, null]],
      ['all', ['127.0.0.1', 'http', 'api.example.com']],
      ['none', [null, null, null]],
    ] as const) {
      const { send, got } = await pair(t, workerd, {}, { forwardedHeaders });
      await send({
        host: 'api.example.com',
        headers: [
          ['X-Forwarded-For', '6.6.6.6'],
          ['X-Forwarded-Proto', 'https'],
          ['X-Forwarded-Host', 'evil.example'],
          ['X-Real-IP', '6.6.6.6'],
          ['Forwarded', 'for=6.6.6.6'],
          ['CF-Connecting-IP', '6.6.6.6'],
        ],
      });
      const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'];
      t.same(
        names.map((name) => got().header(name)),
        expected,
        forwardedHeaders,
      );
      t.notOk(
        got().headers.some(([name, value]) => !/^cf-connecting-ip$/i.test(name) && value.includes('6.6.6.6')),
        'no forged address elsewhere',
      );
    }
  });

  t.test('ranges and conditional requests are forwarded both ways', async (t) => {
    origin.behave({
      status: 206,
      body: 'part',
      headers: { 'content-range': 'bytes 0-3/10', 'accept-ranges': 'bytes' },
    });
    const part = await send({ headers: [['Range', 'bytes=0-3']] });
    t.same(
      [part.status, part.header('content-range'), part.text, got().header('range')],
      [206, 'bytes 0-3/10', 'part', 'bytes=0-3'],
    );
    origin.behave({ status: 304, headers: { etag: '"v1"' } });
    const same = await send({
      headers: [
        ['If-None-Match', '"v1"'],
        ['If-Modified-Since', 'Wed, 21 Oct 2015 07:28:00 GMT'],
      ],
    });
    t.same([same.status, same.header('etag'), same.body.length], [304, '"v1"', 0]);
    t.same(
      [got().header('if-none-match'), got().header('if-modified-since')],
      ['"v1"', 'Wed, 21 Oct 2015 07:28:00 GMT'],
    );
  });

  t.test('HEAD keeps the length and has no body', async (t) => {
    origin.behave({ body: 'twelve bytes' });
    const answer = await send({ method: 'HEAD' });
    t.same(
      [answer.status, answer.header('content-length'), answer.body.length, got().method],
      [200, '12', 0, 'HEAD'],
    );
  });
});
