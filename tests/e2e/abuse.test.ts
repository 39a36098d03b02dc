/**
 * Raw bytes on a socket, as an attacker writes them: nothing crashes the Worker, gets past a key, reaches a server that is not
 * configured, or makes the origin see a request that was not sent. Both releases of workerd, because their HTTP parsers differ.
 *
 * The origin's only private place is below /private: any request for it that arrives without the good key, however it is spelt
 * after the decoding that servers commonly do, is a hole.
 */
import t from 'tap';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { currentScript, startGateway } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Origin } from '../support/origin.ts';
import { TELLS_REJECTIONS } from '../support/rejections.ts';

type Tap = Pick<typeof t, 'teardown'>;
type Assert = Pick<typeof t, 'equal' | 'same' | 'notOk'>;
const KEY = 'the-good-key';
const CONSUMER = {
  id: 'c-1',
  username: 'alice',
  credentials: [{ id: 'k-1', sha256: createHash('sha256').update(KEY).digest('hex') }],
};

interface Scene {
  readonly gateway: Gateway;
  readonly origin: Origin;
  /** Nobody is told of it, so nobody may ever connect. */
  readonly trap: Origin;
}

async function scene(t: Tap, workerd: 'nov' | 'jul'): Promise<Scene> {
  const origin = await startOrigin();
  const trap = await startOrigin();
  const gateway = await startGateway(
    {
      pools: { api: { origins: [origin.url] } },
      routes: [
        { name: 'private', paths: ['/private'], pool: 'api', auth: {} },
        { name: 'public', paths: ['/public'], pool: 'api' },
      ],
      consumers: [CONSUMER],
      stamp: false,
    },
    { workerd, script: TELLS_REJECTIONS + (await currentScript()) },
  );
  t.teardown(() => Promise.all([gateway.stop(), origin.stop(), trap.stop()]));
  return { gateway, origin, trap };
}

/** Writes the bytes and collects whatever comes back until the peer closes, or for a moment. */
function throwBytes(port: number, bytes: string | Buffer, ms = 150): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    );
    const done = (): void => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve(text);
    };
    const timer = setTimeout(done, ms);
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', done);
    socket.on('close', done);
  });
}

const get = (target: string, host = 'h', more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

/** The path as a lenient server may read it: decoded twice, backslashes turned, dots and doubled slashes resolved. */
function leniently(url: string): string {
  let path = url.split('?')[0] ?? '';
  for (let round = 0; round < 2; round++)
    path = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

async function stillServes(t: Assert, { gateway, origin, trap }: Scene): Promise<void> {
  const alive = await fetch(`${gateway.url}/public/alive`);
  t.equal(alive.status, 200, 'the Worker still serves');
  t.equal(trap.connections(), 0, 'nobody was led elsewhere');
  // The runtime words its own refusals (CONNECT, an unreadable target) as exceptions too; those of the script name its lines.
  t.same(gateway.log().match(/^.*(worker\.js:\d|Uncaught \(in).*$/gm), null, 'no exception went uncaught');
  t.same(
    gateway.lines(),
    [],
    'and none was caught, nor a rejection forgotten: with the log off, these are all that is logged',
  );
  t.notOk(
    origin.received.some(({ url }) => /smuggled/.test(url)),
    'nothing was smuggled',
  );
}

for (const workerd of ['nov', 'jul'] as const)
  t.test(`on workerd ${workerd}`, async (t) => {
    const here = await scene(t, workerd);
    const { gateway, origin, trap } = here;

    t.test('the key opens the door, and nothing else', async (t) => {
      t.match(
        await throwBytes(gateway.port, get('/private/x', 'h', `apikey: ${KEY}\r\n`)),
        /^HTTP\/1\.1 200/,
      );
      origin.received.length = 0;
      t.match(await throwBytes(gateway.port, get('/private/x')), /^HTTP\/1\.1 401/);
      t.equal(origin.received.length, 0);
    });

    t.test('no spelling of the private path gets past the key', async (t) => {
      origin.received.length = 0;
      const spellings = ['/%70rivate/x', '/privat%65/x', '//private/x', '/./private/x', '/public/../private/x', '/public/%2e%2e/private/x', '/public/%2E./private/x', '/public\\..\\private/x', '\\private\\x', '/public/..\\private', 'http://h/private/x', 'http://h//private/x', 'HTTP://h/private/x', '/private', '/private?x', '/private%3Fx', '/private;a=1/x', '/private%00/x', '/private/', '/public/..;/private/x', '/x/../private', '/public/.././private', '*', '/public/../../../private/x', '/private#/public', '/public?/../private', '/private#/../public', '/private#/../../public/x', '/public/.\t./private', '/pri\tvate/x', '/public/.\\../private', '/public/x?\\..\\private', '/public\\..#/private', '/private//../public', '/private/x//../../public', '/public/%2e%2e//private/..//private']; // prettier-ignore
      for (const target of spellings) await throwBytes(gateway.port, get(target));
      const through = origin.received
        .map(({ url }) => url)
        .filter((url) => new URL(url, 'http://h').pathname.startsWith('/private'));
      t.same(through, [], 'as the URL standard reads it');
      await stillServes(t, here);
    });

    t.test('an escape that only a lenient origin decodes stays below its own prefix', async (t) => {
      origin.received.length = 0;
      for (const target of [
        '/public/..%2fprivate/x',
        '/public/%2e%2e%2fprivate',
        '/public/..%5cprivate',
        '/public/%252e%252e/private',
        '/public/..%252fprivate',
      ])
        await throwBytes(gateway.port, get(target));
      const through = origin.received
        .map(({ url }) => url)
        .filter((url) => leniently(url).startsWith('/private') && !url.startsWith('/public/'));
      t.same(through, [], 'and is never rewritten into the private one');
      await stillServes(t, here);
    });

    t.test("no path climbs out of an origin's base path", async (t) => {
      const tenants = await startOrigin();
      const deep = await startGateway({ origins: [`${tenants.url}/tenant1`], stamp: false }, { workerd });
      t.teardown(() => Promise.all([tenants.stop(), deep.stop()]));
      for (const target of [
        '/../tenant2',
        '/%2e%2e/tenant2',
        '/a/../../tenant2',
        '/.%2E/tenant2',
        '/..\\tenant2',
        '/a//../../../tenant2',
        '/..;/tenant2',
        '/..%2ftenant2',
      ])
        await throwBytes(deep.port, get(target));
      t.ok(tenants.received.length > 5);
      t.same(
        tenants.received.map(({ url }) => url).filter((url) => !url.startsWith('/tenant1/')),
        [],
      );
    });

    t.test('whatever names another server, only configured ones are asked', async (t) => {
      const other = trap.host;
      const targets = [`http://${other}/public/x`, `//${other}/public`, `/\\${other}/public`, `/public/http://${other}/`, `/public@${other}/`, `/public:80@${other}`, `http://h@${other}/public`, `/public?url=http://${other}`, `/public#@${other}`, `.${other}/public`, `@${other}/public`, `:80@${other}/public`, `/public/..//${other}/`]; // prettier-ignore
      for (const target of targets) await throwBytes(gateway.port, get(target));
      for (const host of [
        other,
        `h@${other}`,
        `${other}#h`,
        `${other}/public?`,
        `h:80@${other}`,
        `${other}\\`,
        `[::1]:${trap.port}`,
        `h, ${other}`,
        '',
        ' ',
        `${other}%00`,
      ])
        for (const target of ['/public/x', 'http://h/public/x'])
          await throwBytes(gateway.port, get(target, host));
      const names = [
        'X-Forwarded-Host',
        'X-Original-URL',
        'X-Rewrite-URL',
        'Forwarded',
        'X-Host',
        'X-Forwarded-Server',
        'Destination',
        'CF-Worker',
        'Origin',
        'Referer',
        'X-Forwarded-Proto',
        'X-Forwarded-Port',
      ];
      for (const name of names)
        await throwBytes(gateway.port, get('/public/x', 'h', `${name}: http://${other}/private\r\n`));
      await throwBytes(gateway.port, `CONNECT ${other} HTTP/1.1\r\nHost: ${other}\r\n\r\n`);
      await throwBytes(gateway.port, `GET http://${other}/public HTTP/1.0\r\n\r\n`);
      t.equal(trap.connections(), 0);
      await stillServes(t, here);
    });

    t.test(
      'identity headers cannot be forged, in any case, or with underscores, on a route that asks for a key',
      async (t) => {
        origin.received.length = 0;
        const forged = ['X-Consumer-ID', 'x-consumer-id', 'X-CONSUMER-ID', 'X_Consumer_ID', 'X-Consumer_ID', 'X-Consumer-Username', 'x_consumer_username', 'X-Consumer-Custom-ID', 'X-Credential-Identifier', 'X_Credential_Identifier', 'X-Anonymous-Consumer', 'x_anonymous_consumer']; // prettier-ignore
        for (const name of forged)
          await throwBytes(
            gateway.port,
            get('/private/x', 'h', `apikey: ${KEY}\r\n${name}: forged\r\n${name}: forged\r\n`),
          );
        t.equal(origin.received.length, forged.length);
        for (const { headers } of origin.received) {
          t.notOk(
            headers.some(([, value]) => value.includes('forged')),
            JSON.stringify(headers.filter(([, value]) => value.includes('forged'))),
          );
          t.same(
            headers.filter(([name]) => /^x[-_]consumer[-_]id$/i.test(name)).map(([, value]) => value),
            ['c-1'],
          );
        }
      },
    );

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
