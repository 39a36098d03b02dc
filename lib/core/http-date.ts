/** HTTP dates (RFC 9110, 5.6.7) in their three forms; `Date.parse` accepts many more. */

/** "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"; nginx requires neither the day nor the zone. */
const USUAL = /^[^, ]*, *(\d\d)([ -])(\w{3})\2(\d{4}|\d\d) ([\d:]{8})/;
/** "Sun Nov  6 08:49:37 1994": asctime's form. */
const ASCTIME = /^[^, ]+ +(\w{3}) ([ \d])(\d) ([\d:]{8}) (\d{4})/;

/** Seconds since 1970, as nginx reads dates; null if it is no valid date. */
export function parseHttpDate(text: string): number | null {
  const usual = text.replace(
    ASCTIME,
    (_, month, tens: string, ones, time, year) => `, ${tens.trim() || 0}${ones} ${month} ${year} ${time}`,
  );
  const [, day, dash, month, year = '', time] = USUAL.exec(usual) ?? [];
  // Years of two digits go with dashes; from 70 on they are in the 20th century.
  const isShort = year.length === 2;
  const plain = `${day} ${month} ${isShort ? (year < '70' ? 20 : 19) : ''}${year} ${time}`;
  const date = new Date(`${plain} GMT`);
  // A day that does not exist, such as April 31st, is normalised to another.
  return isShort === (dash === '-') && date.toUTCString().includes(plain) ? date.getTime() / 1000 : null;
}
