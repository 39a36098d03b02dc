/** CORS in a real browser: pages of other sites call the gateway. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { Route } from '../../lib/config/types.ts';
import { inBrowser, sharedBrowser } from './in-browser.ts';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import type { Origin, Tap } from '../support/origin.ts';

interface Answer {
  status: number;
  text: string;
  exposed: string | null;
}

/** A page of its own site, and a gateway: to a browser another port is another origin. */
async function site(
  t: Tap,
  routesFor: (siteUrl: string) => Route[],
): Promise<{ page: Page; url: string; origin: Origin; complaints: string[] }> {
  const origin = await originFor(t, { headers: { 'x-total': '42' } });
  const server = createServer(
    (_request, response) =>
      void response.setHeader('content-type', 'text/html').end('<!doctype html><title>a site</title>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => server.close());
  const config = { pools: { api: { origins: [origin.url] } }, routes: routesFor(own) };
  const gateway = await gatewayFor(t, config);
  const page = await (await sharedBrowser()).newPage();
  t.teardown(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  await page.goto(own);
  return { page, url: gateway.url, origin, complaints };
}

/** What the page's script gets: the response, or the error's message if the browser blocks it. */
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

inBrowser('pages of other sites get what CORS allows them, and nothing else', async (t) => {
  const { page, url, origin, complaints } = await site(t, (own) => [
    { paths: ['/any'], pool: 'api', cors: {} },
    {
      paths: ['/ours'],
      pool: 'api',
      cors: { origins: [own], credentials: true, exposedHeaders: ['X-Total'], methods: ['GET', 'PUT'] },
    },
    {
      paths: ['/theirs'],
      pool: 'api',
      cors: { origins: ['https://other.example', 'https://third.example'] },
    },
    { paths: ['/nobodys'], pool: 'api', cors: false },
    { paths: ['/locked'], pool: 'api', cors: {}, auth: {} },
  ]);
  const json = { 'content-type': 'application/json', 'x-custom': 'yes' };
  const put = { method: 'PUT', body: 'x', headers: { 'x-custom': 'yes' } };
  const ask = (path: string, init?: RequestInit) => fetchFrom(page, url + path, init);

  await t.test('any page may GET, POST, PUT and DELETE', async (t) => {
    t.match(await ask('/any/a'), { status: 200, text: 'ok' });
    t.match(await ask('/any/b', { method: 'POST', body: 'plain' }), { status: 200 });
    t.match(await ask('/any/c', { method: 'POST', body: '{}', headers: json }), { status: 200 });
    t.match(await ask('/any/d', { method: 'PUT', body: '{}', headers: json }), { status: 200 });
    t.match(await ask('/any/e', { method: 'DELETE', headers: { 'x-custom': 'yes' } }), { status: 200 });
    t.strictSame(
      origin.received.map(({ method, url: path }) => `${method} ${path}`),
      ['GET /any/a', 'POST /any/b', 'POST /any/c', 'PUT /any/d', 'DELETE /any/e'],
      'the gateway answered the preflights',
    );
    t.equal(origin.received[3]?.header('x-custom'), 'yes');
  });

  await t.test('a listed site can read responses with credentials, and exposed headers', async (t) => {
    t.match(await ask('/ours', { credentials: 'include' }), { status: 200, exposed: '42' });
    t.match(await ask('/ours', put), { status: 200 });
    t.strictSame(complaints, []);
  });

  await t.test('a rejection by the gateway can be read too', async (t) => {
    const refused = (await ask('/locked', { headers: { apikey: 'nobodys' } })) as Answer;
    t.equal(refused.status, 401);
    t.match(refused.text, /Unauthorized/);
  });

  await t.test('other sites can read nothing', async (t) => {
    for (const path of ['/theirs', '/nobodys']) {
      t.match(await ask(path), /TypeError/, path);
      t.match(await ask(path, put), /TypeError/, `${path}, preflighted`);
    }
    t.match(await ask('/ours', { method: 'PATCH' }), /TypeError/, 'nor with a method that is not allowed');
    t.ok(
      complaints.some((text) => text.includes('blocked by CORS policy')),
      'and the browser logs the reason',
    );
  });
});
