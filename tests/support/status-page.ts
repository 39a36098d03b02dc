/**
 * The operator's page in a real browser: a gateway with two origins and two routes, the page opened with the token, its
 * tables parsed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { startOrigin } from './origin.ts';
import type { Origin } from './origin.ts';

export const TOKEN = 'secret-token';

interface Tap {
  readonly teardown: (end: () => unknown) => unknown;
}

interface Scene {
  readonly gateway: Gateway;
  /** Amsterdam, Singapore, Tokyo. */
  readonly origins: readonly Origin[];
  readonly verifier: Origin;
  readonly browser: Browser;
}

/** With `large` it has eight pools and thirty routes, with realistic names. */
export async function scene(t: Tap, large = false): Promise<Scene> {
  const origins = await Promise.all([startOrigin(), startOrigin(), startOrigin()]);
  const [first, second, third] = origins;
  const verifier = await startOrigin();
  const others = Array.from({ length: large ? 6 : 0 }, (_, i) => `payments-backend-${i}`);
  const parts = ['list', 'item', 'export', 'bulk', 'search'];
  const gateway = await startGateway({
    pools: {
      api: {
        origins: [
          { url: first.url, name: 'amsterdam' },
          { url: second.url, name: 'singapore <b>', weight: 2 },
        ],
        balance: 'round-robin',
        hedge: false,
      },
      next: { origins: [{ url: third.url, name: 'tokyo' }] },
      ...Object.fromEntries(
        others.map((name) => [
          name,
          {
            origins: [
              third.url,
              { url: third.url + '/b', name: `${name}.eu-central-1.internal.example`, priority: 1 },
            ],
          },
        ]),
      ),
    },
    routes: [
      { name: 'catalogue', paths: ['/v1'], pool: 'api' },
      { name: 'orders', paths: ['/orders'], pool: 'api', auth: {}, canary: { pool: 'next', percent: 10 } },
      {
        name: 'locked',
        paths: ['/locked'],
        pool: 'api',
        auth: { verify: { url: verifier.url + '/?key={key}' } },
      },
      ...others.flatMap((pool) =>
        parts.map((part) => ({ name: `${pool}-${part}-customers`, paths: [`/${pool}/${part}`], pool })),
      ),
    ],
    status: { path: '/status', token: TOKEN },
  });
  const browser = await launchBrowser();
  t.teardown(async () => {
    await browser.close();
    await gateway.stop();
    await Promise.all([...origins, verifier].map((origin) => origin.stop()));
  });
  return { gateway, origins, verifier, browser };
}

export const ask = (gateway: Gateway, path: string, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () => fetch(gateway.url + path).then((response) => response.text())),
  );

/** Opens the page, with the token at the prompt; `complaints` are messages in the browser's console. */
export async function open(
  scene: Scene,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await scene.browser.newContext({
    httpCredentials: { username: 'operator', password: TOKEN },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on(
    'console',
    (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())),
  );
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(scene.gateway.url + '/status');
  await page.waitForSelector('tbody tr');
  return { page, complaints };
}

/** The cells of the row with this name, by column. */
export async function figures(
  page: Page,
  table: 'origins' | 'routes' | 'pools',
  name: string,
): Promise<Record<string, string>> {
  const row = page
    .locator(`#${table} tbody tr`)
    .filter({ has: page.getByRole('cell', { name, exact: true }) });
  return row
    .first()
    .evaluate((tr) =>
      Object.fromEntries(
        [...tr.querySelectorAll('td')].map((td) => [td.dataset['is'] ?? '', td.textContent ?? '']),
      ),
    );
}

/** The values of a list of figures, by name. */
export async function counts(page: Page, list: 'totals' | 'counts'): Promise<Record<string, string>> {
  return page
    .locator(`#${list}`)
    .evaluate((dl) =>
      Object.fromEntries(
        [...dl.querySelectorAll('div')].map((div) => [
          div.querySelector('dt')?.textContent ?? '',
          div.querySelector('dd')?.textContent ?? '',
        ]),
      ),
    );
}

/** One column of a table, from top to bottom. */
export async function column(page: Page, table: 'origins' | 'routes', title: string): Promise<string[]> {
  return page.locator(`#${table} tbody tr:not([hidden]) [data-is="${title}"]`).allTextContents();
}

/** Waits until the page shows it by itself; it refreshes every two seconds. */
export async function eventually(
  what: () => Promise<boolean>,
  each?: () => Promise<unknown>,
): Promise<boolean> {
  for (let i = 0; i < 80; i++) {
    if (await what()) return true;
    await each?.();
    await sleep(200);
  }
  return false;
}
