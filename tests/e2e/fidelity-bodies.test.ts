/** Bodies are forwarded byte for byte and as they arrive, both ways: streams, uploads, WebSockets, compressed ones. */
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import jayson from 'jayson';
import { WebSocket } from 'ws';
import { onBothReleases } from '../support/both-releases.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act } from '../support/origin.ts';
import { pair } from '../support/pair.ts';
import { until } from '../support/until.ts';

onBothReleases(async (t, workerd) => {
  const { origin, gateway, send, got } = await pair(t, workerd);
  t.beforeEach(() => origin.behave({}));

  t.test('events stream: the first is read before the last is sent', async (t) => {
    let last: () => void = () => undefined;
    origin.behave((_received, _request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      last = () => void response.end('data: 2\n\n');
    });
    const decoder = new TextDecoder();
    const events: string[] = [];
    for await (const event of (await fetch(gateway.url)).body!) {
      events.push(decoder.decode(event as Uint8Array));
      if (events.length === 1) last();
    }
    t.same(events, ['data: 1\n\n', 'data: 2\n\n']);
  });

  t.test('uploads stream: the first byte is at the origin before the last is sent', async (t) => {
    let first: (chunk: string) => void = () => undefined;
    const arrived = new Promise<string>((resolve) => (first = resolve));
    origin.behave((_received, request, response) => {
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

  t.test('WebSockets forward text and binary frames, with the sub-protocol', async (t) => {
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

  t.test('an upgrade that the origin refuses is passed on to the caller', async (t) => {
    origin.behave({ status: 403 });
    const socket = new WebSocket(gateway.url.replace('http', 'ws'));
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    t.equal(answer.statusCode, 403);
    socket.on('error', () => undefined).terminate();
  });

  t.test('compressed bytes, ETag and length are untouched', async (t) => {
    const text = 'a long text '.repeat(500);
    origin.behave({ gzip: true, body: text, headers: { etag: '"abc"' } });
    const answer = await send({ headers: [['Accept-Encoding', 'gzip']] });
    t.same(answer.body, gzipSync(text));
    t.same(
      [answer.header('content-encoding'), answer.header('etag'), answer.header('content-length')],
      ['gzip', '"abc"', String(gzipSync(text).length)],
    );
  });

  t.test('bodies are byte-exact: big integers, broken UTF-8, zeros', async (t) => {
    for (const body of [
      Buffer.from('{"n":12345678901234567890,"x": 1.0}'),
      Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]),
      Buffer.alloc(200_000, 7),
    ]) {
      origin.behave({ body });
      const answer = await send({ method: 'POST', body });
      t.ok(answer.body.equals(body), 'answer');
      t.ok(got().body.equals(body), 'request');
    }
  });

  t.test('a caller that disconnects aborts the request to the origin', async (t) => {
    origin.behave({ fault: 'hang' });
    for (const method of ['GET', 'POST']) {
      const socket = connect(gateway.port, '127.0.0.1');
      t.teardown(() => socket.destroy());
      const body = method === 'POST' ? 'Content-Length: 1\r\n\r\nb' : '\r\n';
      socket.write(`${method} /hang-${method} HTTP/1.1\r\nHost: h\r\n${body}`);
      const arrived = () => origin.received.find(({ url }) => url === `/hang-${method}`);
      t.ok(await until(() => arrived() !== undefined), `${method} is at the origin`);
      socket.resetAndDestroy();
      t.ok(await until(() => arrived()?.cancelled === true), method);
    }
  });

  t.test('the body of a GET is forwarded', async (t) => {
    t.equal((await send({ method: 'GET', path: '/search', body: '{"q":1}' })).status, 200);
    t.ok(await until(() => got().done));
    t.same([got().method, String(got().body)], ['GET', '{"q":1}']);
  });

  t.test('a JSON-RPC client gets its response', async (t) => {
    const rpc = new jayson.Server({
      add: ([a, b]: number[], done: (error: null, sum: number) => void) => done(null, a! + b!),
    });
    const http = rpc.http();
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', () => done()));
    t.teardown(() => http.close());
    const gateway = await gatewayFor(
      t,
      { origins: [`http://127.0.0.1:${(http.address() as AddressInfo).port}`] },
      { workerd },
    );
    const client = jayson.Client.http({ host: '127.0.0.1', port: gateway.port });
    const answer = await new Promise((done, fail) =>
      client.request('add', [2, 3], (error: unknown, result: unknown) =>
        error ? fail(error as Error) : done(result),
      ),
    );
    t.match(answer, { jsonrpc: '2.0', result: 5 });
  });
});
