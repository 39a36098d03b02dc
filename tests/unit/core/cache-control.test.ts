import t from 'tap';
import { cacheDirectives, freshSeconds } from '../../../lib/core/cache-control.ts';

const NOW = Date.parse('2026-03-15T12:00:00Z');

t.test('the freshness lifetime of a response (RFC 9111, 4.2)', async (t) => {
  const [date, expires] = ['Sun, 15 Mar 2026 11:00:00 GMT', 'Sun, 15 Mar 2026 11:01:00 GMT'];
  const CASES: [why: string, control: string, expected: number | null, more?: Record<string, string>][] = [
    ['no freshness information', 'private, must-revalidate', null],
    ['any case, quotes, spaces', 'private, Max-Age = "30"', 30],
    ['s-maxage overrides max-age', 'max-age=90, s-maxage=9', 9],
    ['no-store overrides everything', 'max-age=5, no-store', -1],
    ['no-cache', 'no-cache, max-age=5', 0],
    ['a directive within another name is ignored', 'x-no-store, my-max-age=5', null],
    ['a directive within quotes is ignored', 'ext="a, no-store", max-age=5', 5],
    ['the first of two', 'max-age=5, max-age=50', 5],
    ['not a number', 'max-age=soon', 0],
    ['a negative number', 'max-age=-5', 0],
    ['minus Age', 'max-age=60', 15, { age: '45' }],
    ['Age above max-age', 'max-age=60', 0, { age: '100' }],
    ['an Age that is not a number', 'max-age=60', 60, { age: 'old' }],
    ['a negative Age', 'max-age=60', 60, { age: '-45' }],
    ['an infinite Age', 'max-age=60', 0, { age: '1e309' }],
    ['68 years at most', 'max-age=99999999999', 2 ** 31],
    ['more digits than a number has', `max-age=${'9'.repeat(400)}`, 2 ** 31],
    ['Expires at the end of time', '', 2 ** 31, { expires: 'Fri, 31 Dec 9999 23:59:59 GMT' }],
    ['Age alone', '', null, { age: '100' }],
    ['Expires after Date', '', 60, { date, expires }],
    ['Expires after now', '', 30, { expires: 'Sun, 15 Mar 2026 12:00:30 GMT' }],
    ['Expires in the past', '', 0, { expires }],
    ['Expires: 0', '', 0, { expires: '0' }],
    ['max-age overrides Expires', 'max-age=5', 5, { expires: '0' }],
  ];
  for (const [why, control, expected, more = {}] of CASES) {
    const headers = new Headers({ ...more, ...(control && { 'cache-control': control }) });
    t.equal(freshSeconds(headers as never, NOW), expected, why);
  }
});

t.test('a header of 100 KB is parsed in linear time', async (t) => {
  const before = performance.now();
  t.equal(cacheDirectives('a '.repeat(50_000)).size, 1);
  for (const text of ['"'.repeat(100_000), 'a='.repeat(50_000), 'a' + ' '.repeat(100_000)])
    cacheDirectives(text);
  t.ok(performance.now() - before < 2000);
});
