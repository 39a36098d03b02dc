/** Who must show a key where, and what the origins get of it: on real workerd. */
import t from 'tap';
import { request } from 'node:http';
import type { Config, Route } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import type { Gateway, GatewayOptions } from '../support/gateway.ts';
import { originFor, originsFor } from '../support/origin.ts';
import type { Origin, Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import { startVerifier } from '../support/verifier.ts';

const CONSUMERS = [
  { id: 'id-1', username: 'bob', customId: 'ref-1', credentials: [{ id: 'c-1', sha256: digestOf('one') }] },
  { id: 'id-2', username: 'guest', credentials: [{ id: 'c-2', sha256: digestOf('a, b') }] },
];

async function start(
  t: Tap,
  config: Omit<Config, 'origins'>,
  options?: GatewayOptions,
): Promise<{ gateway: Gateway; origin: Origin }> {
  const origin = await originFor(t);
  const gateway = await gatewayFor(
    t,
    {
      ...(config.routes ? { pools: { default: { origins: [origin.url] } } } : { origins: [origin.url] }),
      responseHeaders: false,
      consumers: CONSUMERS,
      ...config,
    },
    options,
  );
  return { gateway, origin };
}

t.test('each route asks in its own way and goes to its own origins', async (t) => {
  const [orders, users] = await originsFor(t, { body: 'orders' }, { body: 'users' });
  const [one, two] = await Promise.all([startVerifier(t, 'a'), startVerifier(t, 'b')]);
  const routes: Route[] = [
    { paths: ['/orders'], origins: [orders.url] },
    { paths: ['/users'], origins: [users.url], auth: { keyNames: ['x-user-key'], verify: { url: two.url } } },
    { paths: ['/health'], origins: [users.url], auth: false },
  ];
  const { gateway } = await start(t, { routes, auth: { verify: { url: one.url } } });
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(gateway.url + path, { headers });
    return `${response.status} ${response.ok ? await response.text() : ''}`;
  };
  t.equal(await ask('/orders', { apikey: 'a' }), '200 orders');
  t.equal(await ask('/orders', { apikey: 'b' }), '401 ');
  t.equal(await ask('/users', { 'x-user-key': 'b' }), '200 users');
  t.equal(
    await ask('/users', { 'x-user-key': 'a' }),
    '401 ',
    'a verdict of one verifier is none of the other',
  );
  t.equal(await ask('/users', { apikey: 'b' }), '401 ');
  t.equal(await ask('/health'), '200 users');
  t.same(
    [one.asked, two.asked],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  );
});

for (const workerd of ['nov', 'jul'] as const) {
  t.test(`bodies arrive as they were sent, but for the key (${workerd})`, async (t) => {
    const { gateway, origin } = await start(t, { auth: { keyIn: ['header', 'body'] } }, { workerd });
    // As servers do: the answer comes when the body has been read.
    origin.behave((_received, incoming, response) => incoming.on('end', () => response.end('ok')));
    const FORM = 'application/x-www-form-urlencoded';
    const post = async (type: string, body: string | Buffer, headers: [string, string][] = []) => {
      const { status } = await rawRequest(gateway.port, {
        method: 'POST',
        headers: [['Content-Type', type], ...headers],
        body,
      });
      const last = origin.received.at(-1);
      return {
        status,
        body: last?.body.toString('latin1'),
        length: last?.header('content-length'),
        type: last?.header('content-type'),
      };
    };
    t.same(await post(FORM, 'b=%7e&apikey=one&a=1'), {
      status: 200,
      body: 'b=%7e&a=1',
      length: '9',
      type: FORM,
    });
    t.same(await post('application/json', '{"apikey":"one","a":[1]}'), {
      status: 200,
      body: '{"a":[1]}',
      length: '9',
      type: 'application/json',
    });
    const part = (name: string, value: string) =>
      `--B\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n${value}\r\n`;
    const file = Buffer.from(`${part('f', '\xff\x00\xfe')}${part('apikey', 'one')}--B--\r\n`, 'latin1');
    t.match(await post('multipart/form-data; boundary=B', file), {
      status: 200,
      body: `${part('f', '\xff\x00\xfe')}--B--\r\n`,
    });
    const large = `a=${'x'.repeat(100_000)}`;
    t.match(
      await post(FORM, large, [['apikey', 'one']]),
      { status: 200, body: large, length: String(large.length) },
      'a large one streams',
    );
    t.equal((await post(FORM, `${large}&apikey=one`)).status, 401, 'and is not searched');
    t.equal((await post('text/plain', 'apikey=one')).status, 401);

    const chunked = (pieces: string[], headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        const out = request(
          { port: gateway.port, method: 'POST', headers: { 'content-type': FORM, ...headers } },
          (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)),
        );
        out.on('error', reject);
        for (const piece of pieces) out.write(piece);
        out.end();
      });
    t.equal(await chunked(['a=1&api', 'key=one']), 200, 'without a length, too');
    t.equal(origin.received.at(-1)?.body.toString(), 'a=1');
    t.equal(await chunked(['a=1&', large], { apikey: 'one' }), 200);
    t.equal(
      origin.received.at(-1)?.body.length,
      large.length + 4,
      'a large one without a length goes its way',
    );
    t.equal(await chunked(['apikey=one&', large]), 401);
  });
}
