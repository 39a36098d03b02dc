/**
 * A Worker in front of the gateway that does to a request what Cloudflare's edge does.
 */
import type { GatewayOptions } from './gateway.ts';

/** Its script, with the defaults if the request does not override them. */
export function edgeWorker({
  clientIp = '192.0.2.1',
  country = 'DE',
  scheme = 'https',
  cf = {},
}: NonNullable<GatewayOptions['cloudflare']>): string {
  return `export default { fetch(request, env) {
  const headers = new Headers(request.headers);
  const take = (name, otherwise) => { const value = headers.get(name); headers.delete(name); return value ?? otherwise; };
  const country = take('test-country', ${JSON.stringify(country)});
  headers.set('cf-connecting-ip', take('test-client-ip', ${JSON.stringify(clientIp)}));
  headers.set('cf-ipcountry', country);
  const url = request.url.replace('http', take('test-scheme', ${JSON.stringify(scheme)}));
  return env.GATEWAY.fetch(new Request(url, new Request(request, { headers, redirect: 'manual', cf: { country, ...${JSON.stringify(cf)} } })));
} };
`;
}
