/** What an origin may be: its URL, or a record around it. A URL with a user, a query or a fragment in it is refused. */
import { be, hidden, listOf, matching, number, or, pairsOf, shape, TEXT, derive, whole } from './validate.ts';
import type { Check } from './validate.ts';
import type { OriginSettings } from './types.ts';

const LOCATION = be<readonly [number, number]>(
  (value) =>
    Array.isArray(value) && value.length === 2 && Math.abs(value[0]) <= 90 && Math.abs(value[1]) <= 180,
  'a latitude from -90 to 90 and a longitude from -180 to 180',
);

// The platform makes Host from the URL, whatever is said here.
const HEADER = matching(/^(?!host$)[\w!#$%&'*+.^`|~-]+$/i, 'a header name, for Host there is hostHeader');

const checkOriginRecord = shape({
  url: TEXT,
  name: or(matching(/^[\x20-\x7e]+$/, 'a text of printable ASCII: it travels in a header'), null),
  weight: or(number(0, 65_535), 1),
  priority: or(whole(0, 100), 0),
  headers: or(pairsOf(HEADER, hidden(matching(/^[^\r\n\0]+$/, 'a text of one line'))), []),
  location: or(LOCATION, null),
  hostHeader: or(matching(/^[^\s/:?#@]+$/, 'a host name without port'), null),
});

/** URL.canParse would do, but scripts that keep a compatibility date before 2022-10-31 lack it. */
function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function originFrom(
  record: ReturnType<typeof checkOriginRecord>,
  path: string,
  faults: string[],
): OriginSettings {
  const url = parseUrl(record.url);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    faults.push(
      `${path} must be an http or https URL without query or user, received ${JSON.stringify(record.url)}`,
    );
    return undefined as unknown as OriginSettings;
  }
  return Object.freeze({
    name: record.name ?? record.url,
    site: url.origin,
    host: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    weight: record.weight,
    priority: record.priority,
    headers: record.headers,
    location: record.location,
    hostHeader: record.hostHeader && record.hostHeader + (url.port && `:${url.port}`),
  });
}

/** An origin, or its URL alone. */
const checkOrigin: Check<OriginSettings> = (value, path, faults) =>
  derive(checkOriginRecord, originFrom)(typeof value === 'string' ? { url: value } : value, path, faults);

export const checkOrigins = listOf(checkOrigin);
