/** How long a response is fresh. */
import t from 'tap';
import { cacheDirectives } from '../../../../lib/core/cache-control.ts';
import { isAcceptable, isListedType, sharedLifetime } from '../../../../lib/traffic/cache/freshness.ts';

const NOW = Date.UTC(2026, 0, 6, 12);

t.test('the lifetime of a response, by its headers', async (t) => {
  const CASES: readonly [Record<string, string>, number | null][] = [
    [{}, null],
    [{ 'cache-control': 'max-age=60' }, 60],
    [{ 'cache-control': 'max-age=0, s-maxage=60' }, 60],
    [{ 'cache-control': 'Max-Age="60"' }, 60],
    [{ 'cache-control': 'max-age=60', age: '20' }, 40],
    [{ 'cache-control': 'max-age=60', age: '70' }, 0],
    [{ 'cache-control': 'private, max-age=60' }, 0],
    [{ 'cache-control': 'private="x", max-age=60' }, 0],
    [{ 'cache-control': 'no-store' }, 0],
    [{ 'cache-control': 'no-cache, max-age=60' }, 0],
    [{ 'cache-control': 'max-age=-5' }, null],
    [{ 'cache-control': 'max-age=1e9' }, null],
    [{ expires: new Date(NOW + 30_000).toUTCString() }, 30],
    [{ expires: new Date(NOW - 30_000).toUTCString() }, 0],
    [{ expires: '0' }, 0],
    [{ 'cache-control': 'public' }, null],
  ];
  for (const [headers, expected] of CASES)
    t.equal(sharedLifetime(new Headers(headers) as never, NOW), expected, JSON.stringify(headers));
});

t.test('staleness that a request accepts', async (t) => {
  const CASES: readonly [string | null, age: number, lifetime: number, boolean][] = [
    [null, 5, 1, true],
    ['max-age=2', 2, 60, true],
    ['max-age=2', 3, 60, false],
    ['max-stale=1', 4, 2, false],
    ['max-stale=2', 4, 2, true],
    ['max-stale', 400, 2, true],
    ['min-fresh=10', 51, 60, false],
    ['min-fresh=10', 50, 60, true],
  ];
  for (const [directives, age, lifetime, expected] of CASES)
    t.equal(
      isAcceptable(cacheDirectives(directives), age, lifetime),
      expected,
      `${directives} ${age} ${lifetime}`,
    );
});

t.test('a content type matches with the same parameters only', async (t) => {
  const CASES: readonly [string, string | null, boolean][] = [
    ['application/json', 'application/json', true],
    ['application/json', 'Application/JSON', true],
    ['application/json', 'application/json; charset=utf-8', false],
    ['application/json; charset=utf-8', 'application/json;charset=utf-8', true],
    ['application/json; charset=utf-8', 'application/json; charset="utf-8"', true],
    ['application/json; charset=UTF-8', 'application/json; charset=utf-8', false],
    ['*/*', 'application/xml', true],
    ['*/*', 'application/xml; charset=utf-8', false],
    ['text/*', 'text/css', true],
    ['text/*', 'application/css', false],
    ['text/*', null, false],
    ['text/*', '', false],
    ['text/*', 'text', false],
    ['text/*', 'text/css;', false],
  ];
  for (const [listed, type, expected] of CASES)
    t.equal(isListedType([listed], type), expected, `${listed} ${type}`);
});
