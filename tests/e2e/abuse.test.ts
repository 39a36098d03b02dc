/**
 * Raw bytes on a socket, as an attacker writes them: no spelling of a request gets past key auth, reaches a server that
 * is not configured, or impersonates a consumer. Both releases of workerd.
 *
 * The origin is private only below /private: a request for it that arrives without the valid key, in any spelling that
 * servers commonly decode to it, is a vulnerability.
 */
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import { KEY, get, scene, stillServes, sendAll, sendBytes } from '../support/attack.ts';
import { onBothReleases } from '../support/both-releases.ts';
import { words } from '../support/words.ts';

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

onBothReleases(async (t, workerd) => {
  const here = await scene(t, workerd);
  const { gateway, origin, trap } = here;

  t.test('only the valid key is accepted', async (t) => {
    t.match(await sendBytes(gateway.port, get('/private/x', 'h', `apikey: ${KEY}\r\n`)), /^HTTP\/1\.1 200/);
    origin.received.length = 0;
    t.match(await sendBytes(gateway.port, get('/private/x')), /^HTTP\/1\.1 401/);
    t.equal(origin.received.length, 0);
  });

  t.test('no spelling of the private path gets past the key', async (t) => {
    origin.received.length = 0;
    const spellings = [
      ...words`
      /%70rivate/x /privat%65/x //private/x /./private/x /public/../private/x /public/%2e%2e/private/x
      /public/%2E./private/x /public\..\private/x \private\x /public/..\private http://h/private/x
      http://h//private/x HTTP://h/private/x /private /private?x /private%3Fx /private;a=1/x /private%00/x
      /private/ /public/..;/private/x /x/../private /public/.././private * /public/../../../private/x
      /private#/public /public?/../private /private#/../public /private#/../../public/x /public/.\../private
      /public/x?\..\private /public\..#/private /private//../public /private/x//../../public
      /public/%2e%2e//private/..//private
    `,
      '/public/.\t./private',
      '/pri\tvate/x',
    ];
    await sendAll(
      gateway.port,
      spellings.map((target) => get(target)),
    );
    const through = origin.received
      .map(({ url }) => url)
      .filter((url) => new URL(url, 'http://h').pathname.startsWith('/private'));
    t.same(through, [], 'as the URL standard reads it');
    await stillServes(t, here);
  });

  t.test('an escape that only a lenient origin decodes stays below its own prefix', async (t) => {
    origin.received.length = 0;
    const escaped = words`
      /public/..%2fprivate/x /public/%2e%2e%2fprivate /public/..%5cprivate /public/%252e%252e/private
      /public/..%252fprivate
    `;
    await sendAll(
      gateway.port,
      escaped.map((target) => get(target)),
    );
    const through = origin.received
      .map(({ url }) => url)
      .filter((url) => leniently(url).startsWith('/private') && !url.startsWith('/public/'));
    t.same(through, [], 'and is never rewritten into the private one');
    await stillServes(t, here);
  });

  t.test("no path climbs out of an origin's base path", async (t) => {
    const tenants = await originFor(t);
    const config = { origins: [`${tenants.url}/tenant1`], responseHeaders: false as const };
    const deep = await gatewayFor(t, config, { workerd });
    const climbing = words`
      /../tenant2 /%2e%2e/tenant2 /a/../../tenant2 /.%2E/tenant2 /..\tenant2 /a//../../../tenant2 /..;/tenant2
      /..%2ftenant2
    `;
    await sendAll(
      deep.port,
      climbing.map((target) => get(target)),
    );
    t.ok(tenants.received.length > 5);
    t.same(
      tenants.received.map(({ url }) => url).filter((url) => !url.startsWith('/tenant1/')),
      [],
    );
  });

  t.test('only configured servers are asked, whatever a request names', async (t) => {
    const other = trap.host;
    const targets = [
      ...words`
      http://${other}/public/x //${other}/public /public/http://${other}/
      /public@${other}/ /public:80@${other} http://h@${other}/public /public?url=http://${other}
      /public#@${other} .${other}/public @${other}/public :80@${other}/public /public/..//${other}/
    `,
      `/\\${other}/public`,
    ];
    const hosts = [
      ...words`
      ${other} h@${other} ${other}#h ${other}/public? h:80@${other} ${other}\ [::1]:${String(trap.port)} ${other}%00
    `,
      `h, ${other}`,
      '',
      ' ',
    ];
    const names = words`
      X-Forwarded-Host X-Original-URL X-Rewrite-URL Forwarded X-Host X-Forwarded-Server Destination CF-Worker Origin
      Referer X-Forwarded-Proto X-Forwarded-Port
    `;
    await sendAll(gateway.port, [
      ...targets.map((target) => get(target)),
      ...hosts.flatMap((host) => ['/public/x', 'http://h/public/x'].map((target) => get(target, host))),
      ...names.map((name) => get('/public/x', 'h', `${name}: http://${other}/private\r\n`)),
      `CONNECT ${other} HTTP/1.1\r\nHost: ${other}\r\n\r\n`,
      `GET http://${other}/public HTTP/1.0\r\n\r\n`,
    ]);
    t.equal(trap.connections(), 0);
    await stillServes(t, here);
  });

  t.test(
    'identity headers cannot be forged, in any case, or with underscores, on a route that requires a key',
    async (t) => {
      origin.received.length = 0;
      const forged = words`
        X-Consumer-ID x-consumer-id X-CONSUMER-ID X_Consumer_ID X-Consumer_ID X-Consumer-Username
        x_consumer_username X-Consumer-Custom-ID X-Credential-Identifier X_Credential_Identifier
        X-Anonymous-Consumer x_anonymous_consumer
      `;
      await sendAll(
        gateway.port,
        forged.map((name) =>
          get('/private/x', 'h', `apikey: ${KEY}\r\n${name}: forged\r\n${name}: forged\r\n`),
        ),
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
});
