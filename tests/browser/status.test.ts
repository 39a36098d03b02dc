/**
 * The operator's page in a real browser: its figures match the traffic, and it shows when an origin is ejected and when
 * it returns.
 */
import { sumsText } from '../../lib/status/sums.ts';
import { inBrowser } from './in-browser.ts';
import { ask, column, counts, eventually, figures, open, scene } from './status-page.ts';

inBrowser("the page's figures match the traffic", async (t) => {
  const stage = await scene(t);
  await ask(stage.gateway, '/v1/x', 20);
  await ask(stage.gateway, '/orders/1', 3);
  await ask(stage.gateway, '/orders/1?apikey=nobodys', 2);
  await ask(stage.gateway, '/nowhere', 4);
  const { page, complaints } = await open(stage);
  t.match(await figures(page, 'routes', 'catalogue'), {
    Pool: 'api',
    Errors: '0',
    '2xx': '20',
    '4xx': '0',
  });
  t.match(await figures(page, 'routes', 'orders'), { Pool: 'api, 10 % to next', '2xx': '0', '4xx': '5' });
  t.match(
    await figures(page, 'routes', '(none)'),
    { '4xx': String(4 + 1) },
    "and the browser's first try without the token",
  );
  t.match(await counts(page, 'counts'), {
    'no key': '3',
    'bad key': '2',
    'no route': '4',
    'operator only': '1',
    'keys hits': '2',
    'keys misses': '0',
    'keys stale': '0',
  });
  t.match(await counts(page, 'totals'), { Errors: '0', 'In flight': '0', 'Limits hit': '0' });
  t.match(await figures(page, 'origins', 'amsterdam'), {
    Pool: 'api',
    State: 'in rotation',
    Errors: '0',
    'In flight': '0',
    Weight: '1',
  });
  t.match(
    await figures(page, 'origins', 'singapore <b>'),
    { State: 'in rotation', Weight: '2' },
    'a name is escaped',
  );
  t.match(await figures(page, 'pools', 'api'), { Policy: 'round-robin', requests: '20' });
  t.match(
    await page.locator('#about').textContent(),
    /Version \S+, configuration [0-9a-f]{12}\. This isolate alone, up/,
  );
  t.equal(await page.locator('#charts svg').count(), 3);
  t.equal(await page.locator('#origins svg .a').count(), 3, 'each origin has a chart');
  t.match(await page.locator('#charts .a[d^=M]').first().getAttribute('d'), /^M46 [\d.]+h/);

  await ask(stage.gateway, '/v1/x', 6);
  t.ok(
    await eventually(page, async () => (await figures(page, 'routes', 'catalogue'))['2xx'] === '26'),
    'it refreshes automatically',
  );
  await page.getByLabel('Refresh').press('Space');
  let requestCount = 0;
  page.on('request', () => void requestCount++);
  await page.clock.runFor(10_000);
  t.equal(requestCount, 0, 'unless that is switched off');
  await page.getByLabel('Refresh').press('Space');
  const recent = async () => [
    (await counts(page, 'totals'))['Requests/s'],
    (await figures(page, 'routes', 'catalogue'))['p99'],
    (await figures(page, 'origins', 'amsterdam'))['p50'],
  ];
  t.ok(
    await eventually(
      page,
      async () => /^(?!0,)[\d.]+,\d+ ms,\d+ ms$/.test((await recent()).join()),
      () => ask(stage.gateway, '/v1/x', 2),
    ),
    'rates and quantiles of recent requests',
  );
  t.strictSame(complaints, []);
});

inBrowser('an ejection is shown with its reason and its retest, and cleared afterwards', async (t) => {
  const stage = await scene(t);
  await ask(stage.gateway, '/v1/x', 4);
  const { page, complaints } = await open(stage);
  t.equal(await page.getByRole('status').textContent(), '');
  const row = () => figures(page, 'origins', 'amsterdam');
  t.equal((await row())['State'], 'in rotation');
  await stage.origins[0]?.refuse();
  await ask(stage.gateway, '/v1/x', 4);
  t.ok(
    await eventually(page, async () =>
      /^ejected \d+ s ago: refused or reset.*, retest (in|with)/.test((await row())['State'] ?? ''),
    ),
    'its row shows it',
  );
  t.match((await row())['Last error'], /^refused or reset.* ago$/);
  t.equal((await column(page, 'origins', 'Origin'))[0], 'amsterdam', 'and its row is first');
  t.match(
    await page.getByRole('status').textContent(),
    /amsterdam is ejected/,
    'and so does the status line for screen readers',
  );
  await stage.origins[0]?.accept();
  t.ok(
    await eventually(
      page,
      async () => (await row())['State'] === 'in rotation',
      () => ask(stage.gateway, '/v1/x'),
    ),
    'and its return',
  );
  t.strictSame(complaints, []);
});

inBrowser('other reports on the same page', async (t) => {
  const stage = await scene(t);
  const { page } = await open(stage);
  t.afterEach(() => page.unrouteAll());

  await t.test('the sums of all isolates are shown if they report them', async (t) => {
    t.equal(await page.locator('#everywhere').textContent(), '');
    await page.route('**/json', async (route) => {
      const report = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...report, allIsolates: true } });
    });
    const sums: [string, number][] = [
      ['gateway_requests_total{route="a",code="2xx"}', 1200],
      ['gateway_requests_total{route="a",code="5xx"}', 30],
      ['gateway_requests_total{route="b",code="5xx"}', 4],
      ['gateway_refusals_total{reason="rate_limited"}', 5],
      ['gateway_refusals_total{reason="no_key"}', 6],
    ];
    await page.route('**/metrics?all', (route) =>
      route.fulfill({ body: sumsText({ since: 0, isolates: 3, sums }) }),
    );
    const expected = 'All isolates, 3 within the last minute: 1,234 requests, 34 errors, 5 limits hit.';
    t.ok(await eventually(page, async () => (await page.locator('#everywhere').textContent()) === expected));
  });

  await t.test('recent failures may be of earlier requests: no share is above 100 %', async (t) => {
    await page.route('**/json', async (route) => {
      const report = (await (await route.fetch()).json()) as { pools: { origins: { recent: object }[] }[] };
      Object.assign(report.pools[1]!.origins[0]!.recent, { errors: 9, requests: 0, p99Ms: 10_000 });
      await route.fulfill({ json: report });
    });
    const row = () => figures(page, 'origins', 'tokyo');
    t.ok(await eventually(page, async () => (await row())['Errors'] === '9 (100 %)'));
    t.equal((await row())['p99'], '10 s');
    t.equal((await column(page, 'origins', 'Origin'))[0], 'tokyo');
  });

  await t.test('it reports an unreachable gateway and another isolate', async (t) => {
    const showsStatus = (what: RegExp) =>
      eventually(page, async () => what.test((await page.getByRole('status').textContent()) ?? ''));
    await page.route('**/json', async (route) => {
      const report = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...report, since: '2026-01-01T00:00:00.000Z' } });
    });
    t.ok(await showsStatus(/Another isolate answers now/));
    await page.unroute('**/json');
    await page.route('**/json', (route) => route.abort());
    t.ok(await showsStatus(/No answer/));
    await page.unroute('**/json');
    t.ok(await showsStatus(/^(Another isolate answers now\. )?$/), 'and it continues');
  });
});
