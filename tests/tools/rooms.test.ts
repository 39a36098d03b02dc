import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Test } from 'tap';
import type { Config } from '../../lib/config.ts';
import { ROOT, build } from '../../tools/build.ts';
import { ROOMS, absentRooms } from '../../tools/rooms.ts';
import { scriptFaults } from '../../tools/script-rules.ts';
import { readSources } from '../../tools/sources.ts';
import { readConfig } from '../../tools/read-config.ts';
import { buildFor, startGateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';

const WHOLE = await build({ write: false });

/** Builds for a configuration, and starts what was built. */
async function startLean(t: Test, config: Config, bound: Config | null = null) {
  const script = await buildFor(config);
  const gateway = await startGateway(bound, { script });
  t.teardown(gateway.stop);
  return { gateway, script };
}

t.test('the table names rooms that exist, and settings that lead into them', async (t) => {
  const rooms = new Set(readSources().map((source) => source.room));
  t.same(
    Object.keys(ROOMS).filter((room) => !rooms.has(room)),
    [],
  );
  const { rooms: absent, settings } = absentRooms({ auth: {}, routes: [], rateLimit: false });
  t.notOk(absent.includes('admit'));
  t.ok(absent.includes('rate-limit'));
  t.notOk(settings.includes('auth'));
  t.ok(settings.includes('rateLimit'));
});

t.test(
  'whatever can be set, even to false, keeps the whole check, but for what a race of origins needs',
  async (t) => {
    const source = readFileSync(`${ROOT}/lib/config.ts`, 'utf8');
    const written = source.slice(0, source.indexOf('export interface Settings'));
    const settings = (name: string) => {
      const body = new RegExp(`^export interface ${name} \\{([^]*?)^\\}`, 'm').exec(written)?.[1] ?? '';
      return [...body.matchAll(/^  (\w+)\??:/gm)].map((hit) => hit[1]!);
    };
    const race = { origins: ['https://a.example'], balance: 'race' };
    for (const setting of settings('Config').filter((name) => name !== 'pools'))
      t.notOk(absentRooms({ pools: { a: race }, [setting]: false }).rooms.includes('check-config'), setting);
    const small = ['origins', 'balance', 'timeoutMs', 'totalTimeoutMs', 'retries'];
    for (const setting of settings('Pool').filter((name) => !small.includes(name)))
      t.notOk(
        absentRooms({ pools: { a: { ...race, [setting]: false } } }).rooms.includes('check-config'),
        setting,
      );
    for (const setting of settings('Origin').filter((name) => !['url', 'name', 'weight'].includes(name))) {
      const origins = [{ url: 'https://a.example', [setting]: 0 }];
      t.notOk(absentRooms({ pools: { a: { ...race, origins } } }).rooms.includes('check-config'), setting);
    }
    t.ok(absentRooms({ pools: { a: { ...race, retries: 1 } } }).rooms.includes('check-config'));
  },
);

t.test(
  "the tutorial's configuration carries less than a sixth, and says at the top what is missing",
  async (t) => {
    const script = await build({ config: `${ROOT}/examples/two-nodes/config.js`, write: false });
    // A ratchet: lower it whenever the script has become smaller.
    t.ok(Buffer.byteLength(script) <= 35_000, `${Buffer.byteLength(script)} bytes of 35,000`);
    t.ok(script.length < WHOLE.length / 6, `${script.length} of ${WHOLE.length}`);
    t.same(scriptFaults(script), []);
    t.match(
      script.slice(0, 300),
      /Left out, since the configuration below never enters them: admit, auth-cache/,
    );
    t.notOk(WHOLE.includes('Left out, since'));
    t.notOk(script.includes('Gateway status'));
  },
);

t.test('what is built for two nodes does what the whole does with them', async (t) => {
  const origins = await Promise.all([
    startOrigin({ delayMs: 50, body: 'slow' }),
    startOrigin({ body: 'fast' }),
  ]);
  t.teardown(() => Promise.all(origins.map((origin) => origin.stop())));
  const urls = origins.map((origin) => origin.url);
  const config: Config = { pools: { default: { origins: urls, balance: 'race' } } };
  const { gateway } = await startLean(t, config);
  const whole = await startGateway(config);
  t.teardown(whole.stop);
  const page = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
  for (const request of [
    {},
    { method: 'OPTIONS', headers: page },
    { method: 'POST', body: 'x' },
    { method: 'PURGE' },
    { method: 'OPTIONS' },
  ]) {
    const [lean, full] = await Promise.all([gateway, whole].map((one) => fetch(`${one.url}/a/b?c`, request)));
    t.equal(lean?.status, full?.status, JSON.stringify(request));
    const headers = (answer: Response | undefined) => [...(answer?.headers.keys() ?? [])];
    t.same(headers(lean), headers(full));
  }
  const answer = await fetch(`${gateway.url}/a/b?c`);
  t.equal(await answer.text(), 'fast');
  t.equal(answer.headers.get('origin'), urls[1]);
  t.equal(origins[1]?.received.at(-1)?.url, '/a/b?c');
});

t.test(
  'a configuration that needs what is missing is refused, with the command that rebuilds it',
  async (t) => {
    const config: Config = { origins: ['https://a.example'] };
    const needy: Config = {
      ...config,
      auth: {},
      pools: { b: { origins: ['https://b.example'], balance: 'consistent-hash' } },
    };
    const start = startLean(t, config, needy);
    await t.rejects(start, {
      message: /auth needs a part that this file was built without: npm run build -- --config FILE/,
    });
    await t.rejects(start, { message: /pools\.b\.balance needs a part/ });
  },
);

for (const example of ['remote-keys/gateway.json', 'canary-and-shadow/gateway.json']) {
  t.test(`the build for examples/${example} starts, smaller than the whole`, async (t) => {
    const config = readConfig(`${ROOT}/examples/${example}`).value as Config;
    const { script } = await startLean(t, config);
    t.ok(script.length < WHOLE.length);
  });
}
