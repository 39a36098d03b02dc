/** A socket for IPv4 and IPv6 alike, as "*:8080" opens it on plain workerd: a caller's address has one spelling. */
import t from 'tap';
import { createServer } from 'node:net';
import type { Config } from '../../lib/config/types.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';

/** Machines without IPv6 have no such socket. */
const hasIPv6 = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});

t.test('peers have the same addresses as on separate sockets', { skip: !hasIPv6 }, async (t) => {
  const origin = await originFor(t);
  const config: Config = {
    origins: [origin.url],
    responseHeaders: false,
    trustedProxies: ['10.0.0.0/8'],
    rateLimit: { minute: 2, by: 'ip' },
  };
  const gateway = await gatewayFor(t, config, { address: '*:0' });
  const statuses = [];
  for (const host of ['127.0.0.1', '[::1]', '127.0.0.1', '[::1]', '127.0.0.1'])
    statuses.push((await fetch(`http://${host}:${gateway.port}/`)).status);
  t.same(statuses, [200, 200, 200, 200, 429], 'each has its own limit');
  t.same(
    origin.received.map((one) => one.header('x-forwarded-for')),
    ['127.0.0.1', '::1', '127.0.0.1', '::1'],
  );
});
