/**
 * The operator's page in a real browser: its figures are those of the traffic, and it says when an origin is out and when it is back.
 */
import t from 'tap';
import { NO_BROWSER } from '../support/browser.ts';
import { ask, eventually, figures, open, scene } from '../support/status-page.ts';

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
      await eventually(async () => /^ejected: \w+; next: one retest in \d+ s/.test(await state())),
      'its card says so',
    );
    t.match(
      await page.getByRole('status').textContent(),
      /amsterdam is ejected/,
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
