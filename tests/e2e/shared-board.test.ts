/** Isolates that tell each other of origins, with the built files on real runtimes. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Shared } from '../../lib/config/types.ts';
import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import type { Report } from '../support/operator.ts';
import { originsFor } from '../support/origin.ts';
import type { Tap } from '../support/origin.ts';
import { startIsolates, startMiniflareIsolates, type Isolates } from '../support/shared-gateways.ts';

/** Of an origin that nobody has met a pool expects 160 ms after one answer at most; these take longer. */
const [NEAR_MS, FAR_MS, GUESS_MS] = [300, 900, 200];

type Ask = (path?: string, init?: RequestInit) => Promise<Response>;
const asking =
  ({ ask }: Isolates, isolate: number): Ask =>
  (path, init) =>
    ask(isolate, path, init);

async function knownTo(ask: Ask) {
  const report = (await (await ask('/status/json', { headers: AS_OPERATOR })).json()) as Report;
  return report.pools[0]!.origins;
}

type Start = typeof startIsolates;
const FRESH = 3;
/** The longest that a busy machine takes to answer an isolate. */
const HEARD_MS = 10_000;

/**
 * What a fresh isolate expects, after a single request, of the origin that it has not asked. One that had no answer of
 * the board, on a machine that is busy, leaves it to the next.
 */
async function estimateOfUnasked(t: Tap, shared: Shared, start: Start): Promise<number> {
  const origins = await originsFor(t, { delayMs: NEAR_MS }, { delayMs: FAR_MS });
  const config: Config = {
    pools: { both: { origins: origins.map(({ url }) => url), hedge: false } },
    routes: [{ paths: ['/'], pool: 'both' }],
    status: STATUS,
    shared: { limits: false, revocations: false, timeoutMs: HEARD_MS, ...shared },
  };
  const isolates = await start(t, config, FRESH + 1);
  const one = asking(isolates, 0);
  // It tells once in five seconds.
  const until = Date.now() + 6000;
  while (Date.now() < until || (await knownTo(one)).some(({ requests }) => requests === 0)) await one();
  for (let nth = 1; ; nth++) {
    const two = asking(isolates, nth);
    await two();
    const end = Date.now() + HEARD_MS;
    for (;;) {
      const estimate = (await knownTo(two)).find(({ requests }) => requests === 0)?.estimateMs ?? 0;
      if (estimate > GUESS_MS || (Date.now() > end && nth === FRESH) || !shared.board) return estimate;
      if (Date.now() > end) break;
      await sleep(50);
    }
    await one();
  }
}

const CASES: [string, Shared, Start, knows: boolean][] = [
  ['isolates of workerd, by the companion', { board: {} }, startIsolates, true],
  [
    'isolates of Miniflare, by the cache',
    { board: { secret: 'a secret of the gateway' } },
    startMiniflareIsolates,
    true,
  ],
  ['isolates without a board', {}, startIsolates, false],
];

for (const [name, shared, start, knows] of CASES)
  void t.test(name, async (t) => {
    const estimate = await estimateOfUnasked(t, shared, start);
    t.equal(estimate > GUESS_MS, knows, `${estimate} ms`);
  });
