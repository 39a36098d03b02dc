/** What is around a gateway on Cloudflare: the edge in front of it, and the internet behind it. */
import type { GatewayOptions } from './gateway.ts';

/** A loopback port that represents all hosts; the header has a request's `cf`. */
export const internetAt = (port: number) => ({
  external: { address: `127.0.0.1:${port}`, http: { cfBlobHeader: 'X-Test-CF' } },
});

/** The script of a Worker in front of the gateway that does to a request what Cloudflare's edge does. */
export function edgeWorker({
  clientIp = '192.0.2.1',
  country = 'DE',
  scheme = 'https',
}: NonNullable<GatewayOptions['cloudflare']>): string {
  return `export default { fetch(request, env) {
  const headers = new Headers(request.headers);
  const take = (name, otherwise) => { const value = headers.get(name); headers.delete(name); return value ?? otherwise; };
  const country = take('test-country', ${JSON.stringify(country)});
  headers.set('cf-connecting-ip', take('test-client-ip', ${JSON.stringify(clientIp)}));
  headers.set('cf-ipcountry', country);
  const url = request.url.replace('http', take('test-scheme', ${JSON.stringify(scheme)}));
  return env.GATEWAY.fetch(new Request(url, new Request(request, { headers, redirect: 'manual', cf: { country } })));
} };
`;
}
