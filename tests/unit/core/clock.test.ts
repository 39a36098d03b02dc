import t from 'tap';
import { havePassed } from '../../../lib/core/clock.ts';

t.test('a time has passed after it, or once the clock was set back by as much', async (t) => {
  for (const [now, passed] of [
    [1000, false],
    [1099, false],
    [1100, true],
    [901, false],
    [900, true],
  ] as const)
    t.equal(havePassed(100, 1000, now), passed, String(now));
});
