/** Slips of the pen that would start a gateway which never does what they mean: each is said at the start, by the built script. */
import t from 'tap';
import { gatewayFor, startGateway } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const sha256 = 'a'.repeat(64);

const refusalOf = (config: unknown): Promise<string> =>
  startGateway(config as never).then(
    (gateway) => gateway.stop().then(() => 'it started'),
    (error: Error) => error.message,
  );

t.test('what could never match, or never be sent, is refused with its place', async (t) => {
  const routes = [
    { methods: ['get'] },
    { hosts: ['https://a.example'] },
    { hosts: ['a.example/x', 'a b', 'u@a.example', ''] },
    { paths: ['/a?b=c', '/a#b'] },
    { protocols: ['https'], httpsRedirectStatus: 304 },
  ];
  const config = {
    origins: [{ url: 'http://a.example', headers: { host: 'b.example' } }],
    routes,
  };
  const message = await refusalOf(config);
  for (const place of [
    'origins[0].headers: the key must be a header name, for Host there is hostHeader, received "host"',
    'routes[0].methods[0] must be a method in capitals, received "get"',
    'routes[1].hosts[0] must be a host name',
    ...[0, 1, 2, 3].map((i) => `routes[2].hosts[${i}] must be a host name`),
    ...[0, 1].map((i) => `routes[3].paths[${i}] must be a prefix that starts with "/", without query`),
    'routes[4].httpsRedirectStatus must be 426 or 301 or 302 or 307 or 308, received 304',
  ])
    t.ok(message.includes(place), `${place} in ${message}`);
  const twice = [
    { id: 'bob', credentials: [{ sha256 }] },
    { id: 'bob', credentials: [] },
  ];
  t.match(
    await refusalOf({ origins: ['http://a.example'], consumers: twice }),
    'consumers[1].id must be unique, received "bob" again',
  );
});

t.test('hosts of all kinds start', async (t) => {
  const hosts = [
    'a',
    'A.example',
    '*.a.example',
    'a.*',
    '*.a.example:80',
    'a.*:8443',
    '[::1]:80',
    '127.0.0.1',
    'ä.example',
    'a_b.c',
  ];
  await gatewayFor(t, {
    origins: ['http://a.example'],
    routes: [{ hosts, methods: ['GET', 'M-SEARCH'] }],
  });
});

t.test(
  'a page’s origin with the slash that a browser never sends is refused, one with the usual port is meant',
  async (t) => {
    const origin = await originFor(t);
    t.match(
      await refusalOf({ origins: [origin.url], cors: { origins: ['https://app.example/'] } }),
      'cors.origins[0] must be "*", an origin as browsers write it, such as "https://example.com"',
    );
    for (const written of ['https://app.example:443', 'https://app.example']) {
      const gateway = await gatewayFor(t, { origins: [origin.url], cors: { origins: [written] } });
      const answer = await rawRequest(gateway.port, { headers: [['Origin', 'https://app.example']] });
      t.equal(answer.header('access-control-allow-origin'), 'https://app.example', written);
    }
  },
);
