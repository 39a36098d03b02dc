/** What `responseHeaders` may be, with the tutorial's defaults. */
import { be, number, offOr, onOr, or, PATH, POINTER, shape, TOKEN } from './validate.ts';
import type { Check } from './validate.ts';
import type { ResponseHeadersSettings } from './types.ts';

const LINE = be<string>((value) => typeof value === 'string' && !/[\r\n]/.test(value), 'a text of one line');

const checkVersion = shape({
  header: or(TOKEN, 'Version'),
  path: or(PATH, '/'),
  method: or(TOKEN, 'POST'),
  body: or(
    be<string>((value) => typeof value === 'string', 'a text'),
    '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}',
  ),
  field: or(POINTER, null),
  ttlSeconds: or(number(1, 31_536_000), 60),
});

export const checkResponseHeaders: Check<ResponseHeadersSettings> = shape({
  origin: offOr(TOKEN, null, 'Origin'),
  country: offOr(TOKEN, null, 'Country'),
  cacheControl: offOr(LINE, null, 'max-age=3'),
  version: onOr(checkVersion, null),
});
