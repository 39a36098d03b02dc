/** Which entries a request accepts, and which types are stored. */
import t from 'tap';
import { cacheDirectives } from '../../../../lib/core/cache-control.ts';
import { isAcceptable, isListedType } from '../../../../lib/traffic/cache/freshness.ts';

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
