/** Isolates and processes that tell each other of origins, with the built files on real runtimes. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Shared } from '../../lib/config/types.ts';
import { startOrigin } from '../support/origin.ts';
import {
  startCompanionProcess,
  startGatewayProcess,
  startIsolates,
  startMiniflareIsolates,
} from '../support/shared-gateways.ts';
import type { Isolates } from '../support/shared-gateways.ts';

const OPERATOR = { headers: { authorization: 'Bearer operator-token' } };
/** Of an origin that nobody has met a pool expects 160 ms after one answer at most; these take longer. */
const [NEAR_MS, FAR_MS, GUESS_MS] = [300, 900, 200];

interface Known {
  readonly requests: number;
  readonly estimateMs: number;
}
type Ask = (path?: string, init?: RequestInit) => Promise<Response>;
const asking =
  ({ ask }: Isolates, isolate: number): Ask =>
  (path, init) =>
    ask(isolate, path, init);

async function knownTo(ask: Ask): Promise<Known[]> {
  const report = (await (await ask('/status/json', OPERATOR)).json()) as { pools: { origins: Known[] }[] };
  return report.pools[0]!.origins;
}

/** Two isolates that share `shared`: what the second knows of the origin that it has not asked. */
async function estimateOfUnasked(
  t: Tap,
  shared: Shared,
  start: (config: Config) => Promise<[Ask, Ask]>,
): Promise<() => Promise<number>> {
  const origins = await Promise.all([NEAR_MS, FAR_MS].map((delayMs) => startOrigin({ delayMs })));
  for (const origin of origins) t.teardown(origin.stop);
  const [one, two] = await start({
    pools: { both: { origins: origins.map(({ url }) => url), hedge: false } },
    routes: [{ paths: ['/'], pool: 'both' }],
    status: { path: '/status', token: 'operator-token' },
    shared: { limits: false, revocations: false, timeoutMs: 5000, ...shared },
  });
  const end = Date.now() + 6000;
  // It tells once in five seconds.
  while (Date.now() < end || (await knownTo(one)).some(({ requests }) => requests === 0)) {
    await one();
    await sleep(100);
  }
  await two();
  return async () => (await knownTo(two)).find(({ requests }) => requests === 0)?.estimateMs ?? 0;
}
type Tap = typeof t;

const inOneProcess =
  (start: typeof startIsolates, t: Tap) =>
  async (config: Config): Promise<[Ask, Ask]> => {
    const isolates = await start(t, config, 2);
    return [asking(isolates, 0), asking(isolates, 1)];
  };
const inTwoProcesses =
  (t: Tap) =>
  async (config: Config): Promise<[Ask, Ask]> => {
    const companion = await startCompanionProcess(t);
    const [one, two] = await Promise.all([0, 1].map(() => startGatewayProcess(t, config, companion)));
    return [asking(one!, 0), asking(two!, 0)];
  };

const CASES: [string, Shared, (t: Tap) => (config: Config) => Promise<[Ask, Ask]>, knows: boolean][] = [
  ['two isolates of workerd, by the companion', { board: {} }, (t) => inOneProcess(startIsolates, t), true],
  ['two processes of workerd, by the companion', { board: {} }, inTwoProcesses, true],
  [
    'two isolates of Miniflare, by the cache',
    { board: { secret: 'a secret of the gateway' } },
    (t) => inOneProcess(startMiniflareIsolates, t),
    true,
  ],
  ['two isolates without a board', {}, (t) => inOneProcess(startIsolates, t), false],
];

t.jobs = CASES.length;
for (const [name, shared, start, knows] of CASES)
  void t.test(name, { buffered: true }, async (t) => {
    const estimate = await estimateOfUnasked(t as Tap, shared, start(t as Tap));
    // A late answer of the board is known a moment later.
    const end = Date.now() + (knows ? 20_000 : 0);
    while ((await estimate()) < GUESS_MS && Date.now() < end) await sleep(50);
    t.equal((await estimate()) > GUESS_MS, knows, `${await estimate()} ms`);
  });
