import t from 'tap';
import { checkRateLimit } from '../../../lib/config/check-rate-limit.ts';

function faultsOf(limit: unknown): string[] {
  const faults: string[] = [];
  checkRateLimit(limit, 'rateLimit', faults);
  return faults;
}

t.test('the windows that are set are kept, shortest first', async (t) => {
  const limit = checkRateLimit({ year: 9, second: 1, minute: 2, hour: 3, day: 4, month: 5 }, 'rateLimit', []);
  t.same(
    limit.windows.map(({ period, limit }) => [period, limit]),
    [
      ['second', 1],
      ['minute', 2],
      ['hour', 3],
      ['day', 4],
      ['month', 5],
      ['year', 9],
    ],
  );
  t.match(limit, {
    by: 'consumer',
    hideHeaders: false,
    message: 'API rate limit exceeded',
    status: 429,
    scope: 'rateLimit',
  });
});

t.test('each key is taken', async (t) => {
  t.match(
    checkRateLimit(
      {
        minute: 1,
        by: { header: 'x-user' },
        hideHeaders: true,
        message: 'slow down',
        status: 420,
        scope: 'shared',
      },
      'x',
      [],
    ),
    { by: { header: 'x-user' }, hideHeaders: true, message: 'slow down', status: 420, scope: 'shared' },
  );
});

t.test('what cannot be is refused with its place', async (t) => {
  const table: [limit: unknown, place: string][] = [
    [{}, 'rateLimit'],
    [{ minute: 0 }, 'rateLimit.minute'],
    [{ minute: 1.5 }, 'rateLimit.minute'],
    [{ minute: 1, by: 'user' }, 'rateLimit.by'],
    [{ minute: 1, by: { header: '' } }, 'rateLimit.by.header'],
    [{ minute: 1, by: null }, 'rateLimit.by'],
    [{ minute: 1, status: 200 }, 'rateLimit.status'],
    [{ minut: 1 }, 'rateLimit.minut'],
  ];
  for (const [limit, place] of table) t.ok(faultsOf(limit)[0]?.startsWith(place), JSON.stringify(limit));
});
