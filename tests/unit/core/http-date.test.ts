/** HTTP dates, as nginx parses them. */
import t from 'tap';
import { parseHttpDate } from '../../../lib/core/http-date.ts';

t.test('three formats and no other', async (t) => {
  const AT = 784_111_777;
  const CASES: [text: string, seconds: number | null][] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', AT],
    ['Sunday, 06-Nov-94 08:49:37 GMT', AT],
    ['Sun Nov  6 08:49:37 1994', AT],
    // The day of the week, and anything after the time, is ignored.
    ['Mon,06 Nov 1994 08:49:37 +0200', AT],
    [', 06 Nov 1994 08:49:37', AT],
    ['Thursday, 01-Jan-70 00:00:00 GMT', 0],
    ['Monday, 31-Dec-69 23:59:59 GMT', 3_155_759_999],
    ['Thu, 29 Feb 2024 00:00:00 GMT', 1_709_164_800],
    ['Wed, 29 Feb 2023 00:00:00 GMT', null],
    ['Tue, 00 Apr 2024 00:00:00 GMT', null],
    ['Sun, 06 Nov 1994 24:00:00 GMT', null],
    ['Sun, 06 Nov 1994 08:49:60 GMT', null],
    ['Sun, 06 nov 1994 08:49:37 GMT', null],
    ['Sun, 6 Nov 1994 08:49:37 GMT', null],
    ['Sun, 06 Nov 94 08:49:37 GMT', null],
    ['Sunday, 06-Nov-1994 08:49:37 GMT', null],
    ['06 Nov 1994 08:49:37 GMT', null],
    ['1994-11-06T08:49:37Z', null],
    ['', null],
    [`Sun${' '.repeat(100_000)}`, null],
  ];
  for (const [text, seconds] of CASES) t.equal(parseHttpDate(text), seconds, text.slice(0, 50));
});
