/**
 * The operator's page in a real browser: a gateway with two origins and two routes, the page opened with the token, its
 * tables parsed.
 */
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { sharedBrowser } from './in-browser.ts';
import { gatewayFor } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { STATUS, TOKEN } from '../support/operator.ts';
import { originFor, originsFor } from '../support/origin.ts';
import type { Origin, Tap } from '../support/origin.ts';
import { until } from '../support/until.ts';

interface Scene {
  readonly gateway: Gateway;
  /** Amsterdam, Singapore, Tokyo. */
  readonly origins: readonly Origin[];
  readonly verifier: Origin;
  readonly newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>;
}

/** With `large` it has five pools and twelve routes, with realistic names. */
export async function scene(t: Tap, large = false): Promise<Scene> {
  const origins = await originsFor(t, {}, {}, {});
  const [first, second, third] = origins;
  const verifier = await originFor(t);
  const others = Array.from({ length: large ? 3 : 0 }, (_, i) => `payments-backend-${i}`);
  const parts = ['list', 'export', 'bulk'];
  const gateway = await gatewayFor(t, {
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
    status: STATUS,
  });
  const browser = await sharedBrowser();
  t.teardown(() => Promise.all(contexts.map((context) => context.close())));
  const contexts: BrowserContext[] = [];
  const newContext = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context;
  };
  return { gateway, origins, verifier, newContext };
}

export const ask = (gateway: Gateway, path: string, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () => fetch(gateway.url + path).then((response) => response.text())),
  );

/**
 * Opens the page, with the token at the prompt, and stops its clock: `refresh` advances it by two seconds.
 * `complaints` are messages in the browser's console.
 */
export async function open(
  scene: Scene,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await scene.newContext({
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
  await page.clock.install();
  await page.goto(scene.gateway.url + '/status');
  await page.waitForSelector('tbody tr');
  await page.clock.pauseAt(Date.now() + 60_000);
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

/** The page requests a report once more, which may fail. */
export async function refresh(page: Page): Promise<void> {
  const asked = page.waitForRequest('**/status/json');
  await page.clock.fastForward(2000);
  await (await asked).response();
}

/** Whether the page shows it within some automatic refreshes. */
export function eventually(
  page: Page,
  what: () => Promise<boolean>,
  each: () => Promise<unknown> = async () => undefined,
): Promise<boolean> {
  return until(async () => (await what()) || (await each(), await refresh(page), false));
}
