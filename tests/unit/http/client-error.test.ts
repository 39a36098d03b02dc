import t from 'tap';
import { isSpoilt, refuseSpoilt } from '../../../lib/http/client-error.ts';
import { callTo } from '../../support/journeys.ts';

t.test(
  'a request that cannot be made, and one whose body broke off, are the caller’s own doing',
  async (t) => {
    t.equal(isSpoilt(callTo('/'), new TypeError('Invalid URL')), true);
    t.equal(isSpoilt(callTo('/'), new Error('Network connection lost.')), false);
    const stop = new AbortController();
    const upload = { readable: new ReadableStream(), doneAt: Infinity, stop };
    const context = callTo('/', {}, { upload: upload as never });
    t.equal(isSpoilt(context, new Error('Network connection lost.')), false);
    stop.abort();
    t.equal(isSpoilt(context, stop.signal.reason), true);
  },
);

t.test('the caller is told so, unless an origin failed for another reason or none was asked', async (t) => {
  t.equal(refuseSpoilt('no_origin', 1)?.status, 400);
  t.equal(refuseSpoilt('no_origin', 0), null);
  t.equal(refuseSpoilt('origin_unreachable', 2), null);
});
