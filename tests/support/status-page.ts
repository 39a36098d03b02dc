/** The operator's page in a real browser: a gateway with two origins and two routes, the page opened with the token, its cards read. */
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
  readonly origins: readonly Origin[];
  readonly browser: Browser;
}

export async function scene(t: Tap): Promise<Scene> {
  const origins = await Promise.all([startOrigin(), startOrigin()]);
  const [first, second] = origins;
  const gateway = await startGateway({
    pools: {
      api: {
        origins: [
          { url: first.url, name: 'amsterdam' },
          { url: second.url, name: 'singapore <b>' },
        ],
        balance: 'round-robin',
        hedge: false,
      },
    },
    routes: [
      { name: 'catalogue', paths: ['/v1'], pool: 'api' },
      { name: 'orders', paths: ['/orders'], pool: 'api', auth: {} },
    ],
    status: { path: '/status', token: TOKEN },
  });
  const browser = await launchBrowser();
  t.teardown(async () => {
    await browser.close();
    await gateway.stop();
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  return { gateway, origins, browser };
}

export const ask = (gateway: Gateway, path: string, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () => fetch(gateway.url + path).then((response) => response.text())),
  );

/** The page, with the token at the prompt; `complaints` is what the browser's console says meanwhile. */
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
  await page.waitForSelector('article');
  return { page, complaints };
}

/** The figures of the card with this heading. */
export async function figures(page: Page, heading: string): Promise<Record<string, string>> {
  const list = page
    .getByRole('heading', { name: heading, exact: true })
    .locator('xpath=following-sibling::dl[1]');
  return list.evaluate((dl) =>
    Object.fromEntries(
      [...dl.querySelectorAll('div')].map((div) => [
        div.querySelector('dt')?.textContent ?? '',
        div.querySelector('dd')?.textContent ?? '',
      ]),
    ),
  );
}

/** Waits until the page says so by itself; it asks every two seconds. */
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
