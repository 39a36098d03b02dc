/** Pages of other sites call through the gateway, in a real browser: what CORS is for, judged by whom it is for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { Config } from '../../lib/config/types.ts';
import { inBrowser, sharedBrowser } from './in-browser.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import type { Origin, Tap } from '../support/origin.ts';

interface Answer {
  status: number;
  text: string;
  exposed: string | null;
}

/** A page of a site of its own, with a gateway beside it: another port is another origin to a browser. */
async function site(
  t: Tap,
  config: (originUrl: string, siteUrl: string) => Config,
): Promise<{ page: Page; url: string; origin: Origin; complaints: string[] }> {
  const origin = await originFor(t, { headers: { 'x-total': '42' } });
  const server = createServer(
    (_request, response) =>
      void response.setHeader('content-type', 'text/html').end('<!doctype html><title>a site</title>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => server.close());
  const gateway = await gatewayFor(t, config(origin.url, own));
  const page = await (await sharedBrowser()).newPage();
  t.teardown(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  await page.goto(own);
  return { page, url: gateway.url, origin, complaints };
}

/** What the page's own script gets; the error's text where the browser keeps the answer from it. */
function fetchFrom(page: Page, url: string, init: RequestInit = {}): Promise<Answer | string> {
  return page.evaluate(
    ([to, how]) =>
      fetch(to, how).then(
        async (response) => ({
          status: response.status,
          text: await response.text(),
          exposed: response.headers.get('x-total'),
        }),
        (error: unknown) => String(error),
      ),
    [url, init] as const,
  );
}

inBrowser("a page of another site may GET, POST and PUT with the tutorial's CORS", async (t) => {
  const { page, url, origin, complaints } = await site(t, (originUrl) => ({
    origins: [originUrl],
    cors: {},
  }));
  const json = { 'content-type': 'application/json', 'x-custom': 'yes' };
  t.match(await fetchFrom(page, url + '/a'), { status: 200, text: 'ok' });
  t.match(await fetchFrom(page, url + '/b', { method: 'POST', body: 'plain' }), { status: 200 });
  t.match(await fetchFrom(page, url + '/c', { method: 'POST', body: '{}', headers: json }), {
    status: 200,
  });
  t.match(await fetchFrom(page, url + '/d', { method: 'PUT', body: '{}', headers: json }), { status: 200 });
  t.match(await fetchFrom(page, url + '/e', { method: 'DELETE', headers: { 'x-custom': 'yes' } }), {
    status: 200,
  });
  t.strictSame(complaints, []);
  t.strictSame(
    origin.received.map(({ method, url: path }) => `${method} ${path}`),
    ['GET /a', 'POST /b', 'POST /c', 'PUT /d', 'DELETE /e'],
    'the preflights ended at the gateway',
  );
  t.equal(origin.received[3]?.header('x-custom'), 'yes');
});

inBrowser(
  'only the sites that are allowed may read, with credentials and the headers that are exposed',
  async (t) => {
    const { page, url, complaints } = await site(t, (originUrl, own) => ({
      pools: { api: { origins: [originUrl] } },
      routes: [
        {
          name: 'ours',
          paths: ['/ours'],
          pool: 'api',
          cors: { origins: [own], credentials: true, exposedHeaders: ['X-Total'], methods: ['GET', 'PUT'] },
        },
        {
          name: 'theirs',
          paths: ['/theirs'],
          pool: 'api',
          cors: { origins: ['https://other.example', 'https://third.example'] },
        },
        { name: 'nobodys', paths: ['/nobodys'], pool: 'api', cors: false },
      ],
    }));
    const put = { method: 'PUT', body: 'x', headers: { 'x-custom': 'yes' } };
    t.match(await fetchFrom(page, url + '/ours', { credentials: 'include' }), { status: 200, exposed: '42' });
    t.match(await fetchFrom(page, url + '/ours', put), { status: 200 });
    t.strictSame(complaints, []);
    for (const path of ['/theirs', '/nobodys']) {
      t.match(await fetchFrom(page, url + path), /TypeError/, path);
      t.match(await fetchFrom(page, url + path, put), /TypeError/, path + ', preflighted');
    }
    t.match(
      await fetchFrom(page, url + '/ours', { method: 'PATCH' }),
      /TypeError/,
      'nor what no method was allowed for',
    );
    t.ok(
      complaints.some((text) => text.includes('blocked by CORS policy')),
      'and the browser says why',
    );
  },
);

inBrowser('a refusal of the gateway can be read too', async (t) => {
  const { page, url } = await site(t, (originUrl) => ({
    origins: [originUrl],
    auth: {},
    cors: {},
  }));
  const refused = (await fetchFrom(page, url + '/a', { headers: { apikey: 'nobodys' } })) as Answer;
  t.equal(refused.status, 401);
  t.match(refused.text, /Unauthorized/);
});
