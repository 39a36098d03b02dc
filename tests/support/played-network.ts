/** What the hosts of a played world answer: some well, some badly, some late, decided by a hash alone. */
import { createHash } from 'node:crypto';

const STATUSES = [200, 200, 200, 201, 204, 301, 302, 304, 401, 404, 429, 500, 501, 502, 503, 520, 522, 530];
const EXTRAS: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-store'],
  ['set-cookie', 'a=1'],
  ['access-control-allow-origin', 'https://own.example'],
  ['vary', 'accept'],
  ['connection', 'x-hop'],
  ['x-hop', '1'],
  ['origin', 'its own'],
  ['x-load', '0.25'],
  ['content-type', 'text/html'],
  ['server', 'nginx'],
  ['via', '1.1 other'],
];

/** 32 bits. */
export function hashOf(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE();
}

export async function readBody(body: BodyInit | null | undefined): Promise<string> {
  return body === null || body === undefined ? '' : new Response(body).text();
}

/**
 * `response` null: the connection is lost. Of five hosts three are well most of the time. No two origins of a case answer at the same
 * moment, or who is first were chance.
 */
export function answerOf(
  seed: number,
  { protocol, host, port, pathname }: URL,
  hash: number,
): { ms: number; response: Response | null } {
  const well = hashOf(`${seed} ${host}`) % 5 < 3 || host.startsWith('v');
  const name = (host.charCodeAt(0) + host.length) % 10;
  const place = 4 * name + (protocol === 'https:' ? 2 : 0) + (port === '' ? 0 : 1);
  const ms = 5 + place + 40 * (hash % (hash % 7 === 0 ? 375 : 10));
  if (!well && hash % 3 === 0) return { ms, response: null };
  const status = well && hash % 6 !== 0 ? 200 : STATUSES[(hash >>> 8) % STATUSES.length]!;
  const headers = new Headers({ 'x-path': pathname });
  for (const [at, [name, value]] of EXTRAS.entries()) if ((hash >>> at) % 5 === 0) headers.set(name, value);
  if (status > 299 && status < 303)
    headers.set('location', hash % 2 ? `https://${host}/base/moved` : '/moved');
  const body = JSON.stringify({ host, id: 'c1', name: 'n', ok: hash % 3 > 0, load: hash % 10 });
  return { ms, response: new Response(status === 204 || status === 304 ? null : body, { status, headers }) };
}
