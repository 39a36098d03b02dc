/**
 * What a caller sends is what the origin gets, and the other way round: the field's forwarding probes on real workerd, both
 * releases. A three-line passthrough fails several of them (redirects leave with the origin's address, forged X-Forwarded-*
 * pass, hop-by-hop headers leak), every library in the field more.
 */
import t from 'tap';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import jayson from 'jayson';
import { WebSocket } from 'ws';
import type { Config } from '../../lib/config.ts';
import { startGateway } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { act, startOrigin } from '../support/origin.ts';
import type { Behaviour, Handler, Origin, Received } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawAnswer, RawRequest } from '../support/raw.ts';

type Tap = Pick<typeof t, 'teardown'>;
type Workerd = 'nov' | 'jul';

interface Pair {
  readonly origin: Origin;
  readonly gateway: Gateway;
  readonly send: (request: RawRequest, timeoutMs?: number) => Promise<RawAnswer>;
  /** The last request that the origin got, its body read. */
  readonly got: () => Received;
}

async function pair(
  t: Tap,
  workerd: Workerd,
  behaviour: Behaviour | Handler = {},
  config: Config = {},
): Promise<Pair> {
  const origin = await startOrigin(behaviour);
  t.teardown(origin.stop);
  // Without routes the tutorial's methods alone are taken; `stamp: false` leaves the version call out of the record.
  const gateway = await startGateway(
    { pools: { api: { origins: [origin.url] } }, routes: [{ pool: 'api' }], stamp: false, ...config },
    { workerd },
  );
  t.teardown(gateway.stop);
  return {
    origin,
    gateway,
    send: (request, timeoutMs = 5000) => rawRequest(gateway.port, request, { timeoutMs }),
    got: () => origin.received.at(-1)!,
  };
}

async function until(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 150 && !holds(); tries++) await sleep(20);
  return holds();
}

for (const workerd of ['nov', 'jul'] as const)
  t.test(`on workerd ${workerd}`, async (t) => {
    t.test('methods, paths and queries keep their bytes', async (t) => {
      const { send, got } = await pair(t, workerd);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        await send({
          method,
          path: '/m',
          ...(method === 'POST' || method === 'PUT' || method === 'PATCH' ? { body: 'b' } : {}),
        });
        t.equal(got().method, method);
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

    t.test('statuses are handed over as they are', async (t) => {
      const { origin, send } = await pair(t, workerd);
      for (const status of [
        200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 409, 410, 418, 422, 429, 451, 500, 501, 502,
        503, 504, 599,
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
        const { origin, gateway, send } = await pair(t, workerd);
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
          origin.received.every(({ url }) => url === '/here' || url === '/'),
          'nobody followed',
        );
      },
    );

    t.test('events stream: the first is read before the last is sent', async (t) => {
      const { gateway } = await pair(t, workerd, {
        headers: { 'content-type': 'text/event-stream' },
        pieces: ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'],
        everyMs: 150,
      });
      const response = await fetch(gateway.url);
      const reader = response.body!.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      t.equal(first, 'data: 1\n\n', 'alone: the next is not there yet');
      let rest = '';
      for (let read = await reader.read(); !read.done; read = await reader.read())
        rest += new TextDecoder().decode(read.value);
      t.equal(rest, 'data: 2\n\ndata: 3\n\n');
    });

    t.test('uploads stream: the first byte is at the origin before the last is sent', async (t) => {
      let first: (chunk: string) => void = () => undefined;
      const arrived = new Promise<string>((resolve) => (first = resolve));
      const { gateway, got } = await pair(t, workerd, (_received, request, response) => {
        request.once('data', (chunk: Buffer) => first(String(chunk)));
        request.on('end', () => void act({ body: 'thanks' }, response));
      });
      const socket = connect(gateway.port, '127.0.0.1');
      t.teardown(() => socket.destroy());
      socket.write('POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
      t.equal(await arrived, 'first');
      socket.write('4\r\nlast\r\n0\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      t.match(String(answer), /^HTTP\/1\.1 200/);
      t.ok(await until(() => got().done));
      t.equal(String(got().body), 'firstlast');
    });

    t.test('WebSockets echo text and bytes, with the sub-protocol', async (t) => {
      const { gateway, got } = await pair(t, workerd);
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/chat?room=1`, ['v2.chat']);
      t.teardown(() => socket.terminate());
      await once(socket, 'open');
      t.equal(socket.protocol, 'v2.chat');
      socket.send('hello');
      t.equal(String(((await once(socket, 'message')) as [Buffer])[0]), 'hello');
      socket.send(Buffer.from([0, 255, 7]));
      t.same(((await once(socket, 'message')) as [Buffer])[0], Buffer.from([0, 255, 7]));
      t.equal(got().url, '/chat?room=1');
      socket.close();
    });

    t.test('an upgrade that the origin refuses is handed over', async (t) => {
      const { gateway } = await pair(t, workerd, { status: 403 });
      const socket = new WebSocket(gateway.url.replace('http', 'ws'));
      const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
      t.equal(answer.statusCode, 403);
      socket.on('error', () => undefined).terminate();
    });

    t.test('compressed bytes, ETag and length are untouched', async (t) => {
      const text = 'a long text '.repeat(500);
      const { send } = await pair(t, workerd, { gzip: true, body: text, headers: { etag: '"abc"' } });
      const answer = await send({ headers: [['Accept-Encoding', 'gzip']] });
      t.same(answer.body, gzipSync(text));
      t.same(
        [answer.header('content-encoding'), answer.header('etag'), answer.header('content-length')],
        ['gzip', '"abc"', String(gzipSync(text).length)],
      );
    });

    t.test('bodies are byte-exact: big integers, broken UTF-8, zeros', async (t) => {
      const { origin, send, got } = await pair(t, workerd);
      for (const body of [
        Buffer.from('{"n":12345678901234567890,"x": 1.0}'),
        Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]),
        Buffer.alloc(200_000, 7),
      ]) {
        origin.behave(
          (_received, request, response) => void request.on('end', () => void act({ body }, response)),
        );
        const answer = await send({ method: 'POST', body });
        t.ok(answer.body.equals(body), 'answer');
        t.ok(got().body.equals(body), 'request');
      }
    });

    t.test('several Set-Cookie stay several', async (t) => {
      const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'c=3'];
      const { send } = await pair(t, workerd, { headers: { 'set-cookie': cookies } });
      t.same((await send({})).all('set-cookie'), cookies);
    });

    t.test('what is meant for one hop stays on it, both ways', async (t) => {
      const { send, got } = await pair(t, workerd, {
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

    t.test('the origin learns who asked for what, and forgeries are refused', async (t) => {
      const { send, got } = await pair(t, workerd);
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
      t.same(
        [
          got().header('x-forwarded-for'),
          got().header('x-forwarded-proto'),
          got().header('x-forwarded-host'),
        ],
        ['127.0.0.1', 'http', 'api.example.com'],
      );
      t.notOk(
        got().headers.some(([name, value]) => !/^cf-connecting-ip$/i.test(name) && value.includes('6.6.6.6')),
        'no forged address elsewhere',
      );
    });

    t.test('ranges and conditions cross both ways', async (t) => {
      const { origin, send, got } = await pair(t, workerd, {
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

    t.test('a caller who goes away ends the request to the origin', async (t) => {
      for (const method of ['GET', 'POST']) {
        const { origin, gateway } = await pair(t, workerd, { fault: 'hang' });
        await rawRequest(
          gateway.port,
          { method, path: '/hang', ...(method === 'POST' ? { body: 'b' } : {}) },
          { resetAfterMs: 300 },
        ).catch(() => undefined);
        t.ok(await until(() => origin.received.some((one) => one.cancelled)), method);
      }
    });

    t.test('a GET with a body brings it', async (t) => {
      const { send, got } = await pair(t, workerd);
      t.equal((await send({ method: 'GET', path: '/search', body: '{"q":1}' })).status, 200);
      t.ok(await until(() => got().done));
      t.same([got().method, String(got().body)], ['GET', '{"q":1}']);
    });

    t.test('HEAD keeps the length and has no body', async (t) => {
      const { send, got } = await pair(t, workerd, { body: 'twelve bytes' });
      const answer = await send({ method: 'HEAD' });
      t.same(
        [answer.status, answer.header('content-length'), answer.body.length, got().method],
        [200, '12', 0, 'HEAD'],
      );
    });

    t.test('a JSON-RPC client gets its answer', async (t) => {
      const rpc = new jayson.Server({
        add: ([a, b]: number[], done: (error: null, sum: number) => void) => done(null, a! + b!),
      });
      const http = rpc.http();
      await new Promise<void>((done) => http.listen(0, '127.0.0.1', () => done()));
      t.teardown(() => http.close());
      const gateway = await startGateway(
        { origins: [`http://127.0.0.1:${(http.address() as AddressInfo).port}`] },
        { workerd },
      );
      t.teardown(gateway.stop);
      const client = jayson.Client.http({ host: '127.0.0.1', port: gateway.port });
      const answer = await new Promise((done, fail) =>
        client.request('add', [2, 3], (error: unknown, told: unknown) =>
          error ? fail(error as Error) : done(told),
        ),
      );
      t.match(answer, { jsonrpc: '2.0', result: 5 });
    });
  });
