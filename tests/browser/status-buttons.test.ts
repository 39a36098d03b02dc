/** The operator's page in a real browser: its tables are sorted and filtered, and its buttons work. */
import { inBrowser } from './in-browser.ts';
import { ask, column, counts, eventually, figures, open, refresh, scene } from './status-page.ts';

inBrowser('rows are sorted by any column, in either order, and filtered by any word', async (t) => {
  const stage = await scene(t);
  const { page, complaints } = await open(stage);
  const names = () => column(page, 'origins', 'Origin');
  const sort = (title: string) => page.locator('#origins').getByRole('button', { name: title }).click();
  await sort('Origin');
  t.same(await names(), ['amsterdam', 'singapore <b>', 'tokyo']);
  const header = page.locator('#origins').getByRole('columnheader', { name: 'Origin' });
  t.equal(await header.getAttribute('aria-sort'), 'ascending');
  await sort('Origin');
  t.same(await names(), ['tokyo', 'singapore <b>', 'amsterdam']);
  t.equal(await header.getAttribute('aria-sort'), 'descending');
  await sort('Weight');
  t.equal((await names())[0], 'singapore <b>', 'numbers are sorted largest first');
  t.equal(await header.getAttribute('aria-sort'), null);
  await page.getByLabel('Filter').fill('NEXT');
  t.same(await names(), ['tokyo'], 'its pool has that name');
  t.same(await column(page, 'routes', 'Route'), ['orders'], 'and so has the canary of this route');
  await refresh(page);
  await refresh(page);
  t.same(await names(), ['tokyo'], 'after a refresh, too');
  await page.getByLabel('Filter').fill('');
  t.equal((await names()).length, 3);
  t.strictSame(complaints, []);
});

inBrowser('each button asks for confirmation, names its scope, and then acts', async (t) => {
  const stage = await scene(t);
  const { page, complaints } = await open(stage);
  const [first, second] = stage.origins;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const row = () => figures(page, 'origins', 'amsterdam');
  const received = async () => {
    const before = first!.received.length;
    await ask(stage.gateway, '/v1/x', 12);
    return first!.received.length - before;
  };
  const confirm = async (name: string, word: string) => {
    await button(name).click();
    t.match(await page.getByRole('dialog').textContent(), name + '?');
    t.match(await page.getByRole('dialog').textContent(), /In the one isolate that answers, until it ends/);
    await page.getByRole('dialog').getByRole('button', { name: word, exact: true }).click();
    await page
      .getByRole('status')
      .filter({ hasText: `Done: ${name}.` })
      .waitFor();
  };
  await button('Drain amsterdam of api').click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  t.equal(await page.getByRole('dialog').count(), 0);
  t.ok((await received()) > 0, 'nothing was done');

  await confirm('Drain amsterdam of api', 'Drain');
  t.equal((await row())['State'], 'drained by hand');
  await refresh(page);
  await refresh(page);
  t.match(
    await page.getByRole('status').textContent(),
    'Done: Drain amsterdam of api.',
    'and after a refresh',
  );
  t.equal(await received(), 0);
  t.equal(await button('Eject amsterdam of api').count(), 0);
  await confirm('Undrain amsterdam of api', 'Undrain');
  t.equal((await row())['State'], 'in rotation');
  t.ok((await received()) > 0);

  await confirm('Eject amsterdam of api', 'Eject');
  t.match((await row())['State'], /^ejected \d+ s ago: by hand, retest in/);
  t.equal(await button('Eject amsterdam of api').count(), 0);
  t.ok(second!.received.length > 0);
  t.strictSame(complaints, []);
});

inBrowser('forget keys: the verifier is asked again', async (t) => {
  const stage = await scene(t);
  const checkCount = () => stage.verifier.received.length;
  for (let i = 0; i < 3; i++) await ask(stage.gateway, '/locked?apikey=good');
  t.equal(checkCount(), 1);
  const { page, complaints } = await open(stage);
  t.match(await counts(page, 'totals'), { 'Keys known': '1' });
  await page.getByRole('button', { name: 'Forget keys' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget keys' }).click();
  t.ok(await eventually(page, async () => (await counts(page, 'totals'))['Keys known'] === '0'));
  await ask(stage.gateway, '/locked?apikey=good');
  t.equal(checkCount(), 2);
  t.strictSame(complaints, []);
});
