import t from 'tap';
import { isCallersFault, outcomeOf } from '../../../lib/upstream/origin-request.ts';
import { callTo } from '../../support/context.ts';

t.test('the outcome of an attempt, by status', async (t) => {
  const outcomes: Record<string, number[]> = {
    ok: [101, 200, 204, 206, 301, 304, 400, 401, 404, 418, 499],
    error: [500, 501, 505, 511, 519, 531, 599],
    gateway: [502, 504],
    shed: [429, 503, 529],
    timeout: [522, 524],
    unsent: [521, 523, 525, 526, 530],
    lost: [100, 103, 199, 520, 527, 528],
  };
  for (const [outcome, statuses] of Object.entries(outcomes))
    for (const status of statuses) t.equal(outcomeOf(status), outcome, String(status));
});

t.test('an invalid request, or one whose body was aborted, is a client error', async (t) => {
  t.equal(isCallersFault(callTo('/'), new TypeError('Invalid URL')), true);
  t.equal(isCallersFault(callTo('/'), new Error('Network connection lost.')), false);
  const stop = new AbortController();
  const upload = { readable: new ReadableStream(), doneAt: Infinity, stop };
  const context = callTo('/', {}, { upload: upload as never });
  t.equal(isCallersFault(context, new Error('Network connection lost.')), false);
  stop.abort();
  t.equal(isCallersFault(context, stop.signal.reason), true);
});
