/** Slips of the pen that would start a gateway which never does what they mean: each is said at the start, by the built script. */
import t from 'tap';
import { startGateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const sha256 = 'a'.repeat(64);

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
    consumers: [
      { id: 'bob', credentials: [{ sha256 }] },
      { id: 'bob', credentials: [] },
    ],
  };
  const message: string = await startGateway(config as never).then(
    (gateway) => gateway.stop().then(() => 'it started'),
    (error: Error) => error.message,
  );
  for (const place of [
    'origins[0].headers: the key must be a header name, for Host there is hostHeader, received "host"',
    'routes[0].methods[0] must be a method in capitals, received "get"',
    'routes[1].hosts[0] must be a host name',
    ...[0, 1, 2, 3].map((i) => `routes[2].hosts[${i}] must be a host name`),
    ...[0, 1].map((i) => `routes[3].paths[${i}] must be a prefix that starts with "/", without query`),
    'routes[4].httpsRedirectStatus must be 426, 301, 302, 307 or 308, received 304',
    'consumers[1].id must be unique, received "bob" again',
  ])
    t.ok(message.includes(place), `${place} in ${message}`);
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
  const gateway = await startGateway({
    origins: ['http://a.example'],
    routes: [{ hosts, methods: ['GET', 'M-SEARCH'] }],
  });
  t.teardown(gateway.stop);
});

t.test('a page’s origin may be configured with the slash that a browser never sends', async (t) => {
  const origin = await startOrigin();
  t.teardown(origin.stop);
  for (const written of ['https://app.example/', 'https://app.example:443', 'https://app.example']) {
    const gateway = await startGateway({
      origins: [origin.url],
      responseHeaders: false,
      cors: { origins: [written] },
    });
    t.teardown(gateway.stop);
    const answer = await rawRequest(gateway.port, { headers: [['Origin', 'https://app.example']] });
    t.equal(answer.header('access-control-allow-origin'), 'https://app.example', written);
  }
});
