/** What a build writes in as known is what the whole resolves, and no setting can make it wrong unnoticed. */
import t from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import type { Config } from '../../lib/config.ts';
import { knownOf } from '../../tools/known.ts';

const RACE: Config = { pools: { default: { origins: ['https://a.example'], balance: 'race' } } };
const silence = knownOf(RACE);

t.test('every default that is written in is the one that the whole resolves', async (t) => {
  const settings = checkConfig(RACE);
  const [pool, route] = [settings.pools[0]!, settings.routes[0]!];
  const [origin, version] = [pool.origins[0]!, (route.stamp as { version: object }).version];
  const places: Record<string, object[]> = {
    settings: [settings, pool],
    pool: [pool],
    route: [route],
    origin: [origin],
    rule: [route.cors!],
    stamp: [route.stamp!],
    version: [version],
  };
  const compared = Object.entries(silence.known).flatMap(([key, text]) => {
    const [place = '', name = ''] = key.split('.');
    const record = places[place]?.find((one) => name in one) as Record<string, unknown> | undefined;
    if (!record) return [];
    const value = record[name];
    if (text === '{}') t.ok(typeof value === 'object' && value !== null, key);
    else
      t.same(value, JSON.parse(text.replace(/^'(.*)'$/, (_, inner: string) => JSON.stringify(inner))), key);
    return [key];
  });
  // What a request or the isolate holds where these settings are silent; no setting has these names.
  t.same(
    Object.keys(silence.known).filter((key) => !compared.includes(key)),
    [
      ...['LOOKED', 'pursuit.runtime', 'call.originHeaders', 'call.answerHeaders', 'pools[]', 'call.kong'],
      ...['STATE.router', 'refusal.message', 'to.hash', 'pool.ring', 'call.trace', 'origins[]'],
      ...['call.trusted', 'from.trusted', 'rule'],
    ],
  );
});

t.test('a setting that says otherwise is heard, also where it says no', async (t) => {
  const known = (config: object) => knownOf({ ...RACE, ...config }).known;
  for (const [config, key] of [
    [{ stamp: false }, 'route.stamp'],
    [{ stamp: { origin: 'From' } }, 'stamp.origin'],
    [{ cors: false }, 'route.cors'],
    [{ rewriteLocation: false }, 'settings.rewriteLocation'],
    [{ passThroughOnException: true }, 'settings.passThroughOnException'],
    [{ log: 'errors' }, 'settings.log'],
    [{ answers: 'kong-3' }, 'call.kong'],
    [{ trustedProxies: ['10.0.0.0/8'] }, 'call.trusted'],
    [{ routes: [{}] }, 'settings.tutorial'],
    [{ pools: { a: { origins: [], idempotencyKey: false } } }, 'settings.idempotencyKey'],
    [{ pools: { a: { origins: [{ url: 'http://a', headers: { a: 'b' } }] } } }, 'origin.headers'],
  ] as const) {
    t.ok(key in silence.known, key);
    t.notOk(key in known(config), JSON.stringify(config));
  }
  t.ok('settings.rewriteLocation' in known({ rewriteLocation: true }), 'what says the same changes nothing');
});

t.test('whatever would make it wrong is refused afterwards', async (t) => {
  for (const setting of ['stamp', 'stamp=false', 'cors=false', 'rewriteLocation=false', 'headers', 'probe'])
    t.ok(silence.settings.includes(setting), setting);
});
