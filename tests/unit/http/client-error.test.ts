import t from 'tap';
import { isCallersFault } from '../../../lib/http/client-error.ts';
import { callTo } from '../../support/journeys.ts';

t.test('a request that cannot be made, or whose body broke off, is the caller’s own doing', async (t) => {
  t.equal(isCallersFault(callTo('/'), new TypeError('Invalid URL')), true);
  t.equal(isCallersFault(callTo('/'), new Error('Network connection lost.')), false);
  const stop = new AbortController();
  const upload = { readable: new ReadableStream(), doneAt: Infinity, stop };
  const context = callTo('/', {}, { upload: upload as never });
  t.equal(isCallersFault(context, new Error('Network connection lost.')), false);
  stop.abort();
  t.equal(isCallersFault(context, stop.signal.reason), true);
});
