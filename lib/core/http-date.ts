/** Dates of HTTP (RFC 9110, 5.6.7), in its three forms; `Date.parse` takes many more. */

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const TIME = String.raw`(\d\d:\d\d:\d\d)`;
/** "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"; nginx asks for no day and for no zone. */
const USUAL = new RegExp(String.raw`^[^, ]*, *(\d\d)([ -])([A-Z][a-z]{2})\2(\d{4}|\d\d) ${TIME}`);
/** "Sun Nov  6 08:49:37 1994": asctime's. */
const ASCTIME = new RegExp(String.raw`^[^, ]+ +([A-Z][a-z]{2}) ([ \d]\d) ${TIME} (\d{4})`);

/** Seconds since 1970, as nginx reads them; null for what is no date. */
export function parseHttpDate(text: string): number | null {
  const usual = USUAL.exec(text);
  const [, month = '', date = '', time = '', year = ''] =
    usual === null ? (ASCTIME.exec(text) ?? []) : ['', usual[3], usual[1], usual[5], usual[4]];
  // A dash and two digits of the year belong together (RFC 850); from 70 on they are of the last century.
  if (usual !== null && (usual[2] === '-') !== (year.length === 2)) return null;
  const full = year.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year);
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  const [at, day] = [MONTHS.indexOf(month), Number(date)];
  if (month === '' || at % 3 !== 0 || hours > 23 || minutes > 59 || seconds > 59) return null;
  const made = new Date(Date.UTC(full, at / 3, day, hours, minutes, seconds));
  return made.getUTCDate() === day ? made.getTime() / 1000 : null;
}
