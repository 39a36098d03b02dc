/** Isolates that share what they know about origins, with the built files on real runtimes. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Shared } from '../../lib/config/types.ts';
import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import type { Report } from '../support/operator.ts';
import { originsFor } from '../support/origin.ts';
import type { Tap } from '../support/origin.ts';
import {
  startIsolates,
  startMiniflareIsolates,
  type Asked,
  type Isolates,
} from '../support/shared-gateways.ts';

/** A pool estimates an unmeasured origin at 160 ms at most after one response; these take longer. */
const [NEAR_MS, FAR_MS, PRIOR_MS] = [300, 900, 200];

type Ask = (path?: string, asked?: Asked) => Promise<Response>;
const requestTo =
  ({ ask }: Isolates, isolate: number): Ask =>
  (path, asked) =>
    ask(isolate, path, asked);

async function originsOf(ask: Ask) {
  const report = (await (await ask('/status/json', { headers: AS_OPERATOR })).json()) as Report;
  return report.pools[0]!.origins;
}

type Start = typeof startIsolates;
const FRESH = 3;
/** The longest time in which a busy machine answers an isolate. */
const REPORTED_MS = 10_000;

/**
 * The estimate of a fresh isolate, after a single request, for the origin that it has not used. If the board did not
 * answer in time on a busy machine, the next isolate is used.
 */
async function estimateOfUnused(t: Tap, shared: Shared, start: Start): Promise<number> {
  const origins = await originsFor(t, { delayMs: NEAR_MS }, { delayMs: FAR_MS });
  const config: Config = {
    pools: { both: { origins: origins.map(({ url }) => url), hedge: false } },
    routes: [{ paths: ['/'], pool: 'both' }],
    status: STATUS,
    shared: { limits: false, revocations: false, timeoutMs: REPORTED_MS, ...shared },
  };
  const isolates = await start(t, config, FRESH + 1);
  const one = requestTo(isolates, 0);
  // It reports every five seconds.
  const until = Date.now() + 6000;
  while (Date.now() < until || (await originsOf(one)).some(({ requests }) => requests === 0)) await one();
  for (let nth = 1; ; nth++) {
    const two = requestTo(isolates, nth);
    await two();
    const end = Date.now() + REPORTED_MS;
    for (;;) {
      const estimate = (await originsOf(two)).find(({ requests }) => requests === 0)?.estimateMs ?? 0;
      if (estimate > PRIOR_MS || (Date.now() > end && nth === FRESH) || !shared.board) return estimate;
      if (Date.now() > end) break;
      await sleep(50);
    }
    await one();
  }
}

const CASES: [string, Shared, Start, knows: boolean][] = [
  ['isolates of workerd, by the companion', { board: {} }, startIsolates, true],
  [
    'isolates of Miniflare, through the cache',
    { board: { secret: 'a secret of the gateway' } },
    startMiniflareIsolates,
    true,
  ],
  ['isolates without a board', {}, startIsolates, false],
];

for (const [name, shared, start, knows] of CASES)
  void t.test(name, async (t) => {
    const estimate = await estimateOfUnused(t, shared, start);
    t.equal(estimate > PRIOR_MS, knows, `${estimate} ms`);
  });
