/** The operator's page opens only with the token, and is accessible on every screen. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inBrowser } from './in-browser.ts';
import { TOKEN } from '../support/operator.ts';
import { ask, open, refresh, scene } from './status-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

inBrowser(
  'without the token there is no page, and the browser sends the token only below its path',
  async (t) => {
    const stage = await scene(t);
    for (const password of [null, 'wrong-token']) {
      const context = await stage.newContext(
        password === null ? {} : { httpCredentials: { username: 'operator', password } },
      );
      const page = await context.newPage();
      const response = await page.goto(stage.gateway.url + '/status').catch(() => null);
      t.ok(response === null || response.status() === 401, 'refused');
      t.equal(await page.locator('table').count(), 0);
    }
    const { page } = await open(stage);
    const before = stage.origins.flatMap((origin) => origin.received).length;
    await page.goto(stage.gateway.url + '/v1/x');
    const received = stage.origins.flatMap((origin) => origin.received);
    t.ok(received.length > before);
    for (const one of received) t.equal(one.header('authorization'), null, 'no origin sees it');
  },
);

inBrowser('it is accessible and fits phone and desktop screens, light and dark', async (t) => {
  const stage = await scene(t, true);
  stage.origins[1]?.behave({ delayMs: 25 });
  await ask(stage.gateway, '/v1/x', 30);
  await stage.origins[0]?.refuse();
  await ask(stage.gateway, '/v1/x', 3);
  for (const [colorScheme, width] of [
    ['light', 390],
    ['dark', 1400],
  ] as const) {
    const name = `${colorScheme}-${width}`;
    const { page, complaints } = await open(stage, { colorScheme, viewport: { width, height: 900 } });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    t.equal(overflow, 0, `${name}: nothing overflows the screen`);
    await page.clock.resume();
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
});

inBrowser('it can be used with only the keyboard', async (t) => {
  const stage = await scene(t);
  const { page } = await open(stage);
  const stops: string[] = [];
  const focus = () =>
    page.evaluate(() => {
      const { id, ariaLabel, textContent } = document.activeElement!;
      return [id, ariaLabel, textContent].find(Boolean) ?? '';
    });
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    stops.push(await focus());
  }
  const titles = [
    'Pool',
    'Origin',
    'State',
    'Requests/s',
    'Errors',
    'p50',
    'p99',
    'In flight',
    'Weight',
    'Last error',
  ];
  t.strictSame(stops.slice(0, 16), [
    'live',
    'filter',
    'Configuration',
    'JSON',
    'Metrics',
    'forget',
    ...titles,
  ]);
  t.match(stops.slice(16), [/^Latency, 0 to /, /^Drain /, /^Eject /, /^Drain /]);
  await refresh(page);
  await refresh(page);
  t.equal(await focus(), stops.at(-1), 'a refresh keeps the focus');
  await page.keyboard.press('Enter');
  t.equal(await focus(), 'no', 'the dialog focuses the harmless button first');
  await page.keyboard.press('Escape');
  t.equal(await focus(), stops.at(-1));
  await page.getByRole('link', { name: 'Configuration' }).press('Enter');
  await page.waitForURL('**/status/plan');
  const plan = (await page.locator('body').textContent()) ?? '';
  t.match(plan, '"name":"catalogue"');
  t.notMatch(plan, TOKEN);
});
