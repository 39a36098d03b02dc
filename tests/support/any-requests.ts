/** Any requests that the parts of a configuration may care about. */
import type { Dice } from './any-config.ts';
import type { Asked, Plan } from './played-script.ts';

const HEADERS: readonly (readonly [string, string])[] = [
  ['apikey', 'right-key'],
  ['apikey', 'wrong'],
  ['origin', 'https://app.example'],
  ['cf-ipcountry', 'DE'],
  ['cf-connecting-ip', '203.0.113.7'],
  ['x-forwarded-for', '192.0.2.1, 192.0.2.2'],
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-host', 'other.example'],
  ['x-real-ip', '192.0.2.9'],
  ['x-request-id', 'given'],
  ['x-user', 'u1'],
  ['cookie', 'c=1; d=2'],
  ['accept', 'text/html'],
  ['connection', 'x-user, close'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['authorization', 'Bearer long-enough-token'],
  ['idempotency-key', 'k'],
  ['te', 'trailers'],
  ['upgrade', 'websocket'],
];
const PATHS = ['/', '/v1/x?q=1&apikey=right-key', '/v1', '/v2/7/y', '/v2/x', '/a/../b//c', '/status', '/status/metrics', '/x?q=a%20b', '/x?']; // prettier-ignore

function anyAsked(dice: Dice): Asked {
  const method = dice.of('GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'OPTIONS', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'PURGE'); // prettier-ignore
  const headers = HEADERS.filter(() => dice.chance(0.2));
  const preflight = method === 'OPTIONS' && dice.chance(0.6);
  const body =
    method === 'POST' || method === 'PUT' ? dice.of('', '{"a":1}', 'apikey=right-key&b=2') : undefined;
  return {
    afterMs: dice.of(0, 10, 400, 5000, 20_000),
    method,
    url: `${dice.of('https', 'https', 'http')}://${dice.of('gate.example', 'gate.example', 'x.example:81', 'UPPER.example')}${dice.of(...PATHS)}`,
    headers: [
      ...headers,
      ...(preflight ? ([['access-control-request-method', 'PUT'], ['origin', 'https://app.example'], ['access-control-request-headers', 'x-a']] as const) : []), // prettier-ignore
      ...(body ? ([['content-length', `${body.length}`], ['content-type', body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded']] as const) : []), // prettier-ignore
    ],
    body,
    cf: dice.of<Record<string, unknown> | undefined>(undefined, {}, { latitude: '51', longitude: '9' }),
  };
}

export function anyPlan(dice: Dice, seed: number, most = 20): Plan {
  const cf = dice.of<Record<string, unknown> | null>(null, null, { clientIp: '10.0.0.1:5555' });
  const asked = Array.from({ length: most }, () => anyAsked(dice)).map((one) => (cf ? { ...one, cf } : one));
  return { seed, dice: dice.of(0, 0.01, 0.3, 0.5, 0.99), asked };
}
