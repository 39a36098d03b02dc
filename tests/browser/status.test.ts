/**
 * The operator's page in a real browser: its figures are those of the traffic, it opens for the token alone, it says when an
 * origin is out and when it is back, and it can be used by everybody on every screen.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import t from 'tap';
import { launchBrowser, NO_BROWSER } from '../support/browser.ts';
import { startGateway } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Origin } from '../support/origin.ts';

const TOKEN = 'secret-token';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Tap = Pick<typeof t, 'teardown'>;
interface Scene {
  readonly gateway: Gateway;
  readonly origins: readonly Origin[];
  readonly browser: Browser;
}

async function scene(t: Tap): Promise<Scene> {
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

const ask = (gateway: Gateway, path: string, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () => fetch(gateway.url + path).then((response) => response.text())),
  );

/** The page, with the token at the prompt; `complaints` is what the browser's console says meanwhile. */
async function open(
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
async function figures(page: Page, heading: string): Promise<Record<string, string>> {
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
async function eventually(what: () => Promise<boolean>, each?: () => Promise<unknown>): Promise<boolean> {
  for (let i = 0; i < 80; i++) {
    if (await what()) return true;
    await each?.();
    await sleep(200);
  }
  return false;
}

t.test("the page's figures match the traffic", { skip: NO_BROWSER }, async (t) => {
  const stage = await scene(t);
  await ask(stage.gateway, '/v1/x', 20);
  await ask(stage.gateway, '/orders/1', 3);
  await ask(stage.gateway, '/orders/1?apikey=nobodys', 2);
  await ask(stage.gateway, '/nowhere', 4);
  const { page, complaints } = await open(stage);
  t.match(await figures(page, 'route catalogue'), {
    '1xx': '0',
    '2xx': '20',
    '3xx': '0',
    '4xx': '0',
    '5xx': '0',
  });
  t.match(await figures(page, 'route orders'), { '2xx': '0', '4xx': '5' });
  t.match(
    await figures(page, 'route (none)'),
    { '4xx': String(4 + 1) },
    "and the browser's first try without the token",
  );
  t.match(await figures(page, 'refusals'), {
    'no key': '3',
    'bad key': '2',
    'no route': '4',
    'operator only': '1',
  });
  t.match(await figures(page, 'origin amsterdam'), {
    requests: '10',
    share: '50 %',
    'in flight': '0',
    failures: '0',
  });
  t.match(
    await figures(page, 'origin singapore <b>'),
    { requests: '10', share: '50 %' },
    'a name is text, not markup',
  );
  t.match(await figures(page, 'keys'), { hits: '2', misses: '0', stale: '0' });
  t.match(await figures(page, 'Gateway status'), { isolate: /this one alone/ });
  t.equal(await page.locator('svg path').count(), 2, 'each origin has its chart');
  t.match(await page.locator('svg path').first().getAttribute('d'), /^M[\d.]+ [\d.]+h0/);

  await ask(stage.gateway, '/v1/x', 6);
  t.ok(
    await eventually(async () => (await figures(page, 'route catalogue'))['2xx'] === '26'),
    'it refreshes itself',
  );
  await page.getByLabel('Refresh').press('Space');
  await page.waitForTimeout(300);
  await ask(stage.gateway, '/v1/x', 2);
  await page.waitForTimeout(2500);
  t.match(await figures(page, 'route catalogue'), { '2xx': '26' }, 'unless it is told not to');
  t.strictSame(complaints, []);
});

t.test(
  'an ejection appears with its reason and what comes next, and clears',
  { skip: NO_BROWSER },
  async (t) => {
    const stage = await scene(t);
    await ask(stage.gateway, '/v1/x', 4);
    const { page, complaints } = await open(stage);
    t.equal(await page.getByRole('status').textContent(), '');
    const state = async () => (await figures(page, 'origin amsterdam'))['state'] ?? '';
    t.equal(await state(), 'in rotation');
    await stage.origins[0]?.refuse();
    await ask(stage.gateway, '/v1/x', 4);
    t.ok(
      await eventually(async () => /^left out: \w+; next: one request on trial in \d+ s/.test(await state())),
      'its card says so',
    );
    t.match(
      await page.getByRole('status').textContent(),
      /amsterdam is left out/,
      'and so does the line that is read out',
    );
    await stage.origins[0]?.accept();
    t.ok(
      await eventually(
        async () => (await state()) === 'in rotation',
        () => ask(stage.gateway, '/v1/x'),
      ),
      'and when it is back',
    );
    t.strictSame(complaints, []);
  },
);

t.test(
  'without the token there is nothing, and the prompt keeps the password below the page',
  { skip: NO_BROWSER },
  async (t) => {
    const stage = await scene(t);
    for (const password of [null, 'wrong-token']) {
      const context = await stage.browser.newContext(
        password === null ? {} : { httpCredentials: { username: 'operator', password } },
      );
      const page = await context.newPage();
      const response = await page.goto(stage.gateway.url + '/status').catch(() => null);
      t.ok(response === null || response.status() === 401, 'refused');
      t.equal(await page.locator('article').count(), 0);
    }
    const { page } = await open(stage);
    const before = stage.origins.flatMap((origin) => origin.received).length;
    await page.goto(stage.gateway.url + '/v1/x');
    const received = stage.origins.flatMap((origin) => origin.received);
    t.ok(received.length > before);
    for (const one of received) t.equal(one.header('authorization'), null, 'no origin sees it');
  },
);

t.test(
  'it is accessible and fits, on a phone and on a desk, light and dark',
  { skip: NO_BROWSER },
  async (t) => {
    const stage = await scene(t);
    stage.origins[1]?.behave({ delayMs: 25 });
    await ask(stage.gateway, '/v1/x', 30);
    await stage.origins[0]?.refuse();
    await ask(stage.gateway, '/v1/x', 3);
    const folder = mkdtempSync(join(tmpdir(), 'gateway-status-'));
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [375, 1280]) {
        const name = `${colorScheme}-${width}`;
        const { page, complaints } = await open(stage, { colorScheme, viewport: { width, height: 900 } });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        t.equal(overflow, 0, `${name}: nothing is wider than the screen`);
        await page.screenshot({ path: join(folder, name + '.png'), fullPage: true });
        await page.evaluate(AXE);
        const { violations } = (await page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
        };
        t.strictSame(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
          [],
          `${name}: axe-core finds nothing`,
        );
        t.strictSame(complaints, [], `${name}: the console is silent`);
        await page.context().close();
      }
    t.comment(`screenshots in ${folder}`);
  },
);

t.test('it can be used by keyboard alone', { skip: NO_BROWSER }, async (t) => {
  const stage = await scene(t);
  const { page } = await open(stage);
  const stops: string[] = [];
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('Tab');
    stops.push(
      await page.evaluate(
        () => [document.activeElement?.id, document.activeElement?.textContent].find(Boolean) ?? '',
      ),
    );
  }
  t.strictSame(stops, ['live', 'Configuration', 'JSON', 'Metrics']);
  await page.getByRole('link', { name: 'Configuration' }).press('Enter');
  await page.waitForURL('**/status/plan');
  const plan = (await page.locator('body').textContent()) ?? '';
  t.match(plan, '"name":"catalogue"');
  t.notMatch(plan, TOKEN);
});
