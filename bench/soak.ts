/**
 * An hour's mix of traffic in minutes, with intermittent faults: does anything leak, hang or go uncaught?
 *
 *   npx node bench/soak.ts [seconds]      default 180; prints what happened, exit 1 if something is wrong
 *
 * Three origins and a key verifier take turns failing in all the ways a server can; callers send every kind of request,
 * disconnect midway, send bad keys and random paths. Timeouts are a tenth of the usual ones, which is what compresses
 * the hour. At the end everything recovers; then every request must succeed, no counter of waiting requests may be
 * stuck, no rejection may have come without a message, nothing may have been thrown, and the Worker's live heap may be
 * no larger than when its tables had filled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { consoleLines } from '../cli/serve/runtime-log.ts';
import { startOrigin, type Behaviour, type Origin } from '../tests/support/origin.ts';
import { seededRandom } from '../tests/support/seeded-random.ts';
import { readGateway } from './contestants.ts';
import { startWatched } from './heap.ts';
import type { Running } from './processes.ts';
import { drawRequest, oneOf, sendOne, type Dice } from './soak-traffic.ts';

const WELL: Behaviour = { delayMs: 2 };
const FAULTS: readonly Behaviour[] = [
  { status: 503 },
  { status: 500, delayMs: 5 },
  { status: 521 },
  { fault: 'reset' },
  { fault: 'hang' },
  { fault: 'garbage' },
  { fault: 'truncate', body: 'x'.repeat(5000) },
  { fault: 'reset-in-body', body: 'x'.repeat(5000) },
  { fault: 'hang-in-body', body: 'x'.repeat(5000) },
  { delayMs: 600 },
  { pieces: ['data: 1\n\n', 'data: 2\n\n'], everyMs: 50 },
];
const TOKEN = 'soak-token';
/**
 * How much the live heap may grow: V8 still learns types and compiles for a while. An hour's equivalent that retains
 * 100 bytes per request exceeds it.
 */
export const FLAT_KB = 1000;

/** Makes one server after the other fail for a while, until stopped. */
async function disturb(servers: readonly Origin[], dice: Dice, going: () => boolean): Promise<void> {
  while (going()) {
    const server = oneOf(dice, servers);
    const refused = dice() < 0.15;
    if (refused) await server.refuse();
    else server.behave(oneOf(dice, FAULTS));
    await sleep(200 + dice() * 1300);
    if (refused) await server.accept();
    server.behave(server === servers.at(-1) ? verdicts : WELL);
    await sleep(dice() * 500);
  }
}

const verdicts: Parameters<Origin['behave']>[0] = (received, _request, response) => {
  response.writeHead(received.header('x-key')?.startsWith('good') === true ? 200 : 401).end('{}');
};

function soakConfig(origins: readonly Origin[], verifier: Origin): unknown {
  const timeouts = { timeoutMs: 400, totalTimeoutMs: 1500 };
  return {
    pools: {
      api: {
        origins: origins.map(({ url }) => url),
        ...timeouts,
        health: { path: '/health', intervalSeconds: 1, timeoutMs: 300 },
      },
    },
    routes: [
      { paths: ['/v1'], pool: 'api', rateLimit: { second: 100_000 } },
      {
        paths: ['/keys'],
        pool: 'api',
        auth: {
          keyNames: ['x-key'],
          verify: { url: verifier.url, keyHeader: 'x-key', timeoutMs: 200 },
          cache: { ttlSeconds: 1, negativeTtlSeconds: 1, maxEntries: 200 },
        },
      },
    ],
    // Rejections have their reason in a header, which reveals a missing body.
    responseHeaders: { origin: 'Origin' },
    status: { path: '/-/status', token: TOKEN },
  };
}

async function waiting(running: Running): Promise<number> {
  const answer = await fetch(`${running.url}/-/status/json`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const report = (await answer.json()) as { pools: { origins: { inFlight: number }[] }[] };
  return report.pools.flatMap(({ origins }) => origins).reduce((sum, { inFlight }) => sum + inFlight, 0);
}

/** Sends about 200 requests per second for this long, and at least 200 however slow the machine is; then evaluates. */
export async function runSoak(seconds: number, seed = 1, script = readGateway('worker-full')) {
  const dice = seededRandom(seed);
  const servers = await Promise.all([WELL, WELL, WELL, verdicts].map((one) => startOrigin(one)));
  const running = await startWatched(script, soakConfig(servers.slice(0, 3), servers[3]!));
  const readLive = async (): Promise<number> => Math.round((await running.liveBytes()) / 1000);
  /** Number of responses by status; 0: no response. */
  const statuses: Record<string, number> = {};
  /** Live heap after a forced collection: at each fifth of the time, and at the end after recovery. */
  const liveKb: number[] = [];
  const open = new Set<Promise<void>>();
  let going = true;
  const disturbing = disturb(servers, dice, () => going);
  const endsAt = Date.now() + seconds * 1000;
  let sent = 0;
  /** Rejections by the gateway without a message. */
  let withoutBody = 0;
  for (; Date.now() < endsAt || sent < 200; sent++) {
    const one: Promise<void> = sendOne(running.url, drawRequest(dice)).then(({ status, lacksBody }) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      withoutBody += Number(lacksBody);
      open.delete(one);
    });
    open.add(one);
    if (Date.now() > endsAt - seconds * 1000 * (1 - (liveKb.length + 1) / 5)) liveKb.push(await readLive());
    for (const server of servers) server.received.length = 0;
    await (open.size > 400 ? Promise.race(open) : sleep(4));
  }
  going = false;
  await Promise.all([disturbing, ...open]);
  const settled = await settle(running, servers.slice(0, 3));
  liveKb.push(await readLive());
  // From the second reading on: by then all tables have filled.
  const grownKb = liveKb.at(-1)! - (liveKb[1] ?? 0);
  const log = running.log();
  /** Exceptions of the script, caught or not. */
  const defects = [...consoleLines(log), ...(log.match(/^.*(worker\.js:\d|Uncaught \(in).*$/gm) ?? [])];
  await running.stop();
  await Promise.all(servers.map((server) => server.stop().catch(() => undefined)));
  return { sent, statuses, liveKb, grownKb, ...settled, withoutBody, defects };
}

/**
 * After the recovery, and the time that ejection and checks need, every request must succeed and nothing may be in
 * flight.
 */
async function settle(running: Running, origins: readonly Origin[]) {
  for (const origin of origins) origin.behave(WELL);
  const ask = async (): Promise<number> =>
    (await sendOne(running.url, { method: 'GET', path: '/v1/things', headers: {}, resetAfterMs: 0 })).status;
  for (let i = 0; i < 100; i++) await Promise.all([ask(), sleep(30)]);
  let failedAfterwards = 0;
  for (let i = 0; i < 100; i++) if ((await ask()) !== 200) failedAfterwards++;
  await sleep(100);
  // `stuck`: attempts that the gateway counts as in flight although all have ended.
  return { stuck: await waiting(running), failedAfterwards };
}

if (process.argv[1]?.endsWith('soak.ts') === true) {
  const report = await runSoak(Number(process.argv[2] ?? 180));
  console.log(JSON.stringify(report, null, 1));
  const isWell = report.stuck + report.failedAfterwards + report.withoutBody + report.defects.length === 0;
  process.exitCode = isWell && report.grownKb < FLAT_KB ? 0 : 1;
}
