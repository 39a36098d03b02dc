/**
 * The pictures of the operator's page in docs/observability.md: eight pools and thirty routes on this machine, some
 * minutes of traffic with typical incidents, then screenshots for desktop and phone.
 *
 *   node docs/generate/status-pictures.ts
 *
 * Needs chromium, and sharp, which is a dependency of Miniflare.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { ROOT } from '../../cli/paths.ts';
import type { Config } from '../../lib/config/types.ts';
import { launchBrowser } from '../../tests/support/browser.ts';
import { startGateway } from '../../tests/support/gateway.ts';
import { startOrigin } from '../../tests/support/origin.ts';
import type { Origin } from '../../tests/support/origin.ts';

const TOKEN = 'a-token-for-pictures';
const POOLS = ['catalogue', 'search', 'orders', 'payments', 'accounts', 'media', 'reports', 'partners'];
const PLACES = ['ams', 'fra', 'iad'];
const PARTS = ['list', 'item', 'bulk', 'export'];
/** Latency in ms of the slowest pool; the others are faster. */
const SLOWEST_MS = 90;
const REQUESTS_PER_SECOND = 25;

const originAt = (origins: readonly Origin[], pool: string, place: string): Origin =>
  origins.at(POOLS.indexOf(pool) * PLACES.length + PLACES.indexOf(place))!;

function configOf(origins: readonly Origin[], verifier: Origin): Config {
  const routes = POOLS.flatMap((pool) =>
    PARTS.map((part) => ({ name: `${pool}-${part}`, pool, part })),
  ).slice(0, 30);
  return {
    pools: Object.fromEntries(
      POOLS.map((pool, i) => [
        pool,
        {
          balance: i % 3 === 1 ? ('round-robin' as const) : ('adaptive' as const),
          origins: PLACES.map((place) => ({
            url: originAt(origins, pool, place).url,
            name: `${pool}-${place}`,
            weight: pool === 'reports' && place === 'iad' ? 0 : 1,
            priority: pool === 'media' && place === 'iad' ? 1 : 0,
          })),
        },
      ]),
    ),
    routes: routes.map(({ name, pool, part }) => ({
      name,
      paths: [`/${pool}/${part}`],
      pool,
      ...(name === 'search-item' ? { canary: { pool: 'catalogue', percent: 10 } } : {}),
      ...(pool === 'partners' ? { auth: { verify: { url: verifier.url + '/check?key={key}' } } } : {}),
      ...(name === 'partners-list' ? { rateLimit: { minute: 20 } } : {}),
    })),
    status: { path: '/status', token: TOKEN },
  };
}

/** Injects faults at origins, by the elapsed share of the time. */
async function misbehave(origins: readonly Origin[], share: number): Promise<void> {
  const at = (pool: string, place: string) => originAt(origins, pool, place);
  if (share === 0.3) at('search', 'fra').behave({ delayMs: 400 });
  if (share === 0.5) at('search', 'fra').behave({ delayMs: 30 });
  if (share === 0.6) at('payments', 'iad').behave({ status: 500 });
  if (share === 0.9) await at('orders', 'ams').refuse();
}

async function keepAsking(url: string, seconds: number, origins: readonly Origin[]): Promise<void> {
  const total = seconds * REQUESTS_PER_SECOND;
  const startedAt = Date.now();
  const asked: Promise<unknown>[] = [];
  for (let i = 0; i < total; i++) {
    const share = i / total;
    await misbehave(origins, share);
    const pool = POOLS.at((i * 7 + (i >> 3)) % POOLS.length)!;
    const path = `/${pool}/${PARTS[(i >> 2) % PARTS.length]}/${i}?apikey=${pool === 'partners' ? `key-${i % 40}` : ''}`;
    asked.push(
      fetch(url + path).then(
        (response) => response.text(),
        () => null,
      ),
    );
    if (i % REQUESTS_PER_SECOND === 0)
      process.stderr.write(`\r${Math.round(100 * share)} % of ${seconds} s `);
    await sleep(startedAt + (1000 * (i + 1)) / REQUESTS_PER_SECOND - Date.now());
  }
  await Promise.all(asked);
}

/** Of traffic. */
const SECONDS = 300;

async function takePictures(): Promise<void> {
  const origins = await Promise.all(
    POOLS.flatMap((_pool, i) =>
      PLACES.map((_place, j) =>
        startOrigin({ delayMs: Math.round(((i + 1) * SLOWEST_MS) / POOLS.length / (3 - j)) }),
      ),
    ),
  );
  const verifier = await startOrigin({ body: '{}' });
  const ends: (() => Promise<unknown>)[] = [...origins, verifier].map((origin) => origin.stop);
  try {
    const gateway = await startGateway(configOf(origins, verifier));
    ends.unshift(gateway.stop);
    const browser = await launchBrowser();
    ends.unshift(() => browser.close());
    // Opened first, so that any history in the page covers all of the traffic.
    const open = async (width: number, height: number, colorScheme: 'light' | 'dark') => {
      const context = await browser.newContext({
        httpCredentials: { username: 'operator', password: TOKEN },
        viewport: { width, height },
        colorScheme,
      });
      const page = await context.newPage();
      await page.goto(gateway.url + '/status');
      return page;
    };
    const desk = await open(1400, 1000, 'light');
    const phone = await open(390, 844, 'dark');
    await keepAsking(gateway.url, SECONDS, origins);
    await sleep(2500);
    for (const [page, suffix] of [
      [desk, ''],
      [phone, '-phone'],
    ] as const)
      await sharp(await page.screenshot())
        .png({ palette: true, colors: 64, compressionLevel: 9 })
        .toFile(`${ROOT}/docs/status${suffix}.png`);
  } finally {
    for (const end of ends) await end();
  }
}

await takePictures();
