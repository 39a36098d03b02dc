/** The key is removed from the body, and nothing else in it changes. Both releases of workerd. */
import { request } from 'node:http';
import { digestOf } from '../support/auth.ts';
import { onBothReleases, type Workerd } from '../support/both-releases.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor, type Tap } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

async function start(t: Tap, workerd: Workerd, keyIn: ('header' | 'body')[]) {
  const origin = await originFor(t);
  const consumers = [{ id: 'bob', credentials: [{ sha256: digestOf('one') }] }];
  const gateway = await gatewayFor(t, { origins: [origin.url], auth: { keyIn }, consumers }, { workerd });
  return { gateway, origin };
}

onBothReleases((t, workerd) => {
  t.test('numbers keep their digits', async (t) => {
    const { gateway, origin } = await start(t, workerd, ['body']);
    const rest =
      '"id":12345678901234567890,"price":1.10,"list":[1e400,-0,{"deep":0.1000000000000000055}],"text":"é\\u0000"}';
    const answer = await rawRequest(gateway.port, {
      method: 'POST',
      headers: [['Content-Type', 'application/json']],
      body: `{"apikey":"one",${rest}`,
    });
    t.equal(answer.status, 200);
    t.equal(String(origin.received[0]?.body), `{${rest}`);
  });

  t.test('bodies arrive unchanged except for the key', async (t) => {
    const { gateway, origin } = await start(t, workerd, ['header', 'body']);
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
      'a large one is streamed',
    );
    t.equal((await post(FORM, `${large}&apikey=one`)).status, 401, 'and is not searched');
    t.equal((await post('text/plain', 'apikey=one')).status, 401);
    const inGet = await rawRequest(gateway.port, { headers: [['Content-Type', FORM]], body: 'apikey=one' });
    t.equal(inGet.status, 401, 'nor is that of a GET, which could not be sent on');

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
      'a large one without a length is forwarded',
    );
    t.equal(await chunked(['apikey=one&', large]), 401);
  });
});
