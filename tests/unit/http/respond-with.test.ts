/** Which response is sent in place of an origin's, and what stands in it. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { RespondWith } from '../../../lib/config/types.ts';
import { fixedResponse } from '../../../lib/http/respond-with.ts';
import { callTo } from '../../support/journeys.ts';

const settingsOf = (respondWith: RespondWith | false, more: object = {}) =>
  checkConfig({ routes: [{ respondWith, ...more }] });

/** Status, body and Content-Type of the response; null where the origin is asked. */
async function seen(
  settings: ReturnType<typeof settingsOf>,
  url = '/',
  init: RequestInit = {},
  id: string | null = null,
): Promise<unknown[] | null> {
  const consumer = id === null ? null : { id, credentials: [] };
  const context = callTo(url, init, { consumer, route: settings.routes[0]! });
  const response = fixedResponse(context, settings);
  return response && [response.status, await response.text(), response.headers.get('content-type')];
}

const JSON_TYPE = 'application/json; charset=utf-8';
const WRITTEN: readonly [RespondWith, unknown[]][] = [
  [{}, [503, '{"message":"Service unavailable"}', JSON_TYPE]],
  [{ status: 410, message: 'a "word"' }, [410, '{"message":"a \\"word\\""}', JSON_TYPE]],
  [{ status: 418 }, [418, '', null]],
  [{ status: 204, message: 'x' }, [204, '', JSON_TYPE]],
  [{ body: '<h1>é</h1>' }, [503, '<h1>é</h1>', null]],
  [{ body: '<h1/>', contentType: 'text/html' }, [503, '<h1/>', 'text/html']],
  [{ body: '' }, [503, '', null]],
];

t.test('status, message, body and type', async (t) => {
  for (const [written, expected] of WRITTEN)
    t.same(await seen(settingsOf(written)), expected, JSON.stringify(written));
  t.same(await seen(settingsOf({ body: 'x' }), '/', { method: 'HEAD' }), [503, '', null], 'HEAD has no body');
  t.same(await seen(settingsOf(false)), null, 'false asks the origin');
  const { routes } = settingsOf({ status: 301, headers: { Location: 'https://a.example' } });
  t.same(routes[0]?.respondWith?.headers, [['Location', 'https://a.example']]);
});

t.test('a trigger: a header in any case, an argument as it is written, either may be empty', async (t) => {
  const settings = settingsOf({ trigger: 'x-Stop' });
  const status = async (url: string, headers: Record<string, string> = {}) =>
    (await seen(settings, url, { headers }))?.[0];
  t.equal(await status('/'), undefined);
  t.equal(await status('/', { 'X-STOP': '' }), 503);
  t.equal(await status('/?x-Stop'), 503);
  t.equal(await status('/?x%2DStop=1'), 503);
  t.equal(await status('/?x-stop=1'), undefined);
  const hidden = callTo('/?x-Stop', {}, { route: settings.routes[0]!, originQuery: '' });
  t.equal(fixedResponse(hidden, settings), null, 'as the origin would get them');
});

t.test("a consumer's own goes before the route's, the route's before the general one", async (t) => {
  const of = (message: string): RespondWith => ({ status: 403, message });
  const settings = checkConfig({
    consumerResponses: { ada: of('general'), bob: of('general') },
    routes: [{ respondWith: of('route'), consumerResponses: { ada: of('ada') } }],
  });
  const text = async (id: string | null) => (await seen(settings, '/', {}, id))?.[1];
  t.equal(await text('ada'), '{"message":"ada"}');
  t.equal(await text('bob'), '{"message":"general"}');
  t.equal(await text(null), '{"message":"route"}');
  t.equal(await text('constructor'), '{"message":"route"}', 'a name of Object.prototype is no consumer');
});

t.test('what cannot be meant is refused', async (t) => {
  const FAULTS: readonly [object, RegExp][] = [
    [{ message: 'a', body: 'b' }, /respondWith must be set either message or body, received both/],
    [{ contentType: 'text/html' }, /contentType must be left out where there is no body/],
    [{ status: 101 }, /status must be a whole number from 200 to 599/],
    [{ headers: { 'X-A': 'a\nB: c' } }, /headers\.X-A must be a string of one line/],
    [{ stauts: 200 }, /stauts.*did you mean "status"/],
  ];
  for (const [written, fault] of FAULTS) t.throws(() => settingsOf(written as RespondWith), fault);
});
