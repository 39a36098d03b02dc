/** The HTML report in a real browser: what stands on it, what it loads (nothing), and what it lets run (nothing). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import t from 'tap';
import { startOrigin, act } from '../support/origin.ts';
import { makeFolder, ndjson, runParity } from './parity-support.ts';

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'; // prettier-ignore

t.test('the page shows both sides, the picture, and runs nothing that an answer brings', async (t) => {
  if (!existsSync(BROWSER)) return t.plan(0, `${BROWSER} is not installed (apt-get install chromium)`);
  const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const from = await startOrigin((received, _, response) =>
    act({ headers: { 'x-version': 'old 1.0' }, body: received.url === '/b' ? attack : 'same' }, response),
  );
  const to = await startOrigin({ headers: { 'x-version': 'new 1.0' }, body: 'same' });
  t.teardown(from.stop);
  t.teardown(to.stop);
  const folder = makeFolder();
  t.teardown(folder.remove);
  const file = folder.write('calls.ndjson', ndjson([{ url: '/a?x=<b>' }, { url: '/b' }, { url: '/c' }]));
  const { code, err } = await runParity([
    '--from',
    from.url,
    '--to',
    to.url,
    '--html',
    folder.path('out.html'),
    file,
  ]);
  t.equal(code, 1, err);

  const browser = await chromium.launch({ executablePath: BROWSER, args: ARGS.split(' ') });
  t.teardown(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
  const loaded: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`file://${folder.path('out.html')}`);
  t.same(loaded, [`file://${folder.path('out.html')}`], 'nothing else is loaded');
  t.match(await page.title(), /^Parity: http/);
  t.match(await page.locator('.verdict').innerText(), '3 requests sent to both, 0 same, 3 different.');
  t.equal(await page.locator('details').count(), 3);
  const [left, right] = await Promise.all(
    [0, 1].map((i) => page.locator('details').first().locator('.sides > div').nth(i).boundingBox()),
  );
  t.ok(
    left && right && left.y === right.y && left.x + left.width <= right.x,
    'the two sides stand beside each other',
  );
  const marks = await page.locator('details').first().locator('mark').allInnerTexts();
  t.same(marks, ['old', 'new'], 'what differs is marked, and nothing else');
  t.ok(await page.getByText('<img src=x onerror').isVisible(), 'markup of an answer is text');
  const picture = await page.locator('svg').boundingBox();
  t.ok(picture && picture.width > 300 && picture.height > 150, 'the picture is drawn');
  t.ok((await page.locator('svg path').count()) >= 2, 'with a curve for each gateway');

  await page
    .addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') })
    .catch(() => undefined);
  t.same(
    complaints.filter((text) => !/Content.Security.Policy/i.test(text)),
    [],
  );
  t.match(complaints.join('\n'), /Content.Security.Policy/i, 'the policy refuses even a script of ours');
  const plain = await browser.newContext({ bypassCSP: true });
  const checked = await plain.newPage();
  await checked.goto(`file://${folder.path('out.html')}`);
  await checked.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
  const violations = await checked.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string }[] }> };
    };
    return (await axe.run()).violations.map(({ id }) => id);
  });
  t.same(violations, [], 'axe-core has no complaint');
  if (process.env['SCREENSHOT'] !== undefined)
    await page.screenshot({ path: process.env['SCREENSHOT'], fullPage: true });
});
