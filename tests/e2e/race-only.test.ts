/**
 * The script that is built for racing pools alone, in which one small room stands in for the machine of attempts, against
 * origins that fail in every way: what the caller gets, how often each origin was asked. On real workerd, with real servers.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../../lib/config.ts';
import { build } from '../../tools/build.ts';
import { startGateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Behaviour } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

const CONFIG: Config = { pools: { api: { origins: ['http://127.0.0.1'], balance: 'race' } } };
const file = join(t.testdir(), 'config.json');
writeFileSync(file, JSON.stringify(CONFIG));
const SCRIPT = await build({ config: file, write: false });

/** What an origin does, what the caller gets when all do, and whether the platform says that it was never reached. */
const FAULTS: Record<string, [behaviour: Behaviour | 'refused', allBad: number, unsent?: true]> = {
  refused: ['refused', 502],
  reset: [{ fault: 'reset' }, 502],
  hung: [{ fault: 'hang' }, 504],
  '503': [{ status: 503 }, 503],
  '500': [{ status: 500 }, 500],
  'wrong bytes': [{ fault: 'garbage' }, 502],
  '521': [{ status: 521 }, 502, true],
  '522': [{ status: 522 }, 504],
};
const KINDS = {
  GET: { method: 'GET' },
  POST: { method: 'POST', body: '{"pay":1}' },
  'PUT with Idempotency-Key': { method: 'PUT', body: '{"pay":1}', headers: [['Idempotency-Key', 'k1']] },
} as const;

/** Three requests in a row to a fresh isolate: statuses, and how often each origin was asked for each. */
async function play(behaviour: Behaviour | 'refused', kind: keyof typeof KINDS, good: number) {
  const bad = await Promise.all([startOrigin(), ...(good === 0 ? [startOrigin()] : [])]);
  const origins = [...bad, ...(await Promise.all(Array.from({ length: good }, () => startOrigin())))];
  for (const origin of bad) await (behaviour === 'refused' ? origin.refuse() : origin.behave(behaviour));
  const pool = { origins: origins.map(({ url }) => url), balance: 'race', timeoutMs: 400, totalTimeoutMs: 1200 } as const; // prettier-ignore
  const gateway = await startGateway({ pools: { api: pool }, stamp: false }, { script: SCRIPT });
  const rounds = [];
  for (const path of ['/0', '/1', '/2']) {
    const { headers = [], ...request } = KINDS[kind] as { method: string; headers?: [string, string][] };
    const sent = { ...request, path, headers: [...headers, ['Connection', 'close'] as [string, string]] };
    const { status } = await rawRequest(gateway.port, sent, { timeoutMs: 4000 });
    const isPath = ({ url }: { url: string }) => url === path;
    rounds.push({ status, asked: origins.map(({ received }) => received.filter(isPath).length) });
  }
  await gateway.stop();
  await Promise.all(origins.map((origin) => origin.stop()));
  return rounds;
}

for (const [name, [behaviour, allBad, unsent]] of Object.entries(FAULTS))
  t.test(`${name}: whoever is well serves; what must not be repeated arrives once at most`, async (t) => {
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
      for (const good of [1, 0]) {
        for (const { status, asked } of await play(behaviour, kind, good)) {
          const cell = `${kind}, ${good} good: ${status}, asked ${asked.join('+')}`;
          const all = asked.reduce((a, b) => a + b);
          if (good === 0) t.equal(status, allBad, cell);
          else if (kind !== 'POST') t.equal(status, 200, cell);
          if (kind === 'POST' && !unsent) t.ok(all <= 1, cell);
          t.ok(all <= 3, cell);
        }
      }
  });
