/** Which response is sent instead of an origin's. Its content: tests/settings and the cases of request-termination. */
import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import type { RespondWith } from '../../../lib/config/types.ts';
import { fixedResponse } from '../../../lib/http/respond-with.ts';
import { callTo, type Parts } from '../../support/context.ts';
import { faultsOf } from '../../support/config.ts';

const settingsOf = (respondWith: RespondWith, more: object = {}) =>
  checkConfig({ routes: [{ respondWith, ...more }] });

/** Status, body and Content-Type of the response; null if the request is forwarded. */
async function seen(settings: ReturnType<typeof settingsOf>, url = '/', init: RequestInit = {}, id?: string) {
  const consumer = id === undefined ? null : { id, credentials: [] };
  const context = callTo(url, init, { consumer, route: settings.routes[0]! });
  const response = fixedResponse(context, settings);
  return response && [response.status, await response.text(), response.headers.get('content-type')];
}

t.test('a trigger may be empty, and is looked for in what the origin would receive', async (t) => {
  const settings = settingsOf({ trigger: 'x-Stop' });
  t.equal(await seen(settings), null);
  t.match(await seen(settings, '/', { headers: { 'X-STOP': '' } }), [503]);
  const sent = { headers: { 'x-stop': 'sesame' } };
  for (const [url, init, parts] of [
    ['/?x-Stop', {}, { originQuery: '' }],
    // A key that is hidden under its configured name, and a name that only the gateway may set.
    ['/', sent, { originHeaders: [['X-Stop', null]] }],
    ['/', sent, { claimed: [new Set(['x-stop'])] }],
  ] as const) {
    const hidden = callTo(url, init, { route: settings.routes[0]!, ...parts } as Parts);
    t.equal(fixedResponse(hidden, settings), null, JSON.stringify(parts));
  }
});

t.test('statuses and methods without a body get none', async (t) => {
  t.same(await seen(settingsOf({ status: 418 })), [418, '', null]);
  t.match(await seen(settingsOf({ status: 204, message: 'x' })), [204, '']);
  t.same(await seen(settingsOf({ body: 'x' }), '/', { method: 'HEAD' }), [503, '', null]);
});

t.test("a consumer's response overrides the route's, the route's overrides the general one", async (t) => {
  const of = (message: string): RespondWith => ({ status: 403, message });
  const settings = checkConfig({
    consumerResponses: { ada: of('general'), bob: of('general') },
    routes: [{ respondWith: of('route'), consumerResponses: { ada: of('ada') } }],
  });
  for (const [id, message] of [
    ['ada', 'ada'],
    ['bob', 'general'],
    [undefined, 'route'],
    // A name of Object.prototype is not a consumer.
    ['constructor', 'route'],
  ] as const)
    t.equal((await seen(settings, '/', {}, id))?.[1], JSON.stringify({ message }));
});

t.test('inconsistent settings are rejected', async (t) => {
  const FAULTS: readonly [object, RegExp][] = [
    [{ message: 'a', body: 'b' }, /respondWith must be set either message or body, received both/],
    [{ contentType: 'text/html' }, /contentType must be left out where there is no body/],
  ];
  for (const [respondWith, fault] of FAULTS) t.match(faultsOf({ routes: [{ respondWith }] }), [fault]);
});
