/**
 * One JSON object per line: requests in this tool's own format, and the JSON access logs of nginx, Kong, Caddy,
 * Traefik, Cloudflare Logpush and this gateway.
 *
 * Own format: {"method": "GET", "url": "/v1/a?b=c", "headers": {"name": "value"}, "body": "text"}; `bodyBase64` for
 * bytes. All logs are read with the same table of field names, since they differ in nothing else; the first name
 * present is used.
 */
import { fault, kindOf, recorded, type Entry } from './recorded.ts';

const words = (text: string): readonly string[] => text.split(' ');
const NAMES = {
  method: words('method request.method request_method http_method verb RequestMethod ClientRequestMethod'),
  url: words('url request.uri request_uri uri request.url target path RequestPath ClientRequestURI http.url'),
  query: words('query query_string querystring args'),
  headers: words('headers request.headers request_headers RequestHeaders'),
  body: words('body request.body request_body'),
  bodyBase64: words('bodyBase64 body_base64'),
};
/** Headers with a field of their own. */
const SINGLE: Readonly<Record<string, readonly string[]>> = {
  host: words('host request.host http_host RequestHost ClientRequestHost server_name'),
  'user-agent': words('http_user_agent user_agent ClientRequestUserAgent request_User-Agent'),
  referer: words('http_referer referer ClientRequestReferer request_Referer'),
};

type Item = Record<string, unknown>;

export function jsonEntry(line: string, where: string): Entry {
  let item: unknown;
  try {
    item = JSON.parse(line);
  } catch {
    throw fault(`${where}: line must be one JSON object, received text that is not JSON`);
  }
  if (!isItem(item)) throw fault(`${where}: line must be one JSON object, received ${kindOf(item)}`);
  const { request } = item;
  // nginx's $request: "GET /a HTTP/1.1"
  const [, verb, target] = typeof request === 'string' ? (/^([A-Z-]+) (\S+)/.exec(request) ?? []) : [];
  if (typeof request === 'string' && target === undefined) return { unusable: 'not an HTTP request' };
  const method = find(item, NAMES.method) ?? verb ?? 'GET';
  const url = find(item, NAMES.url) ?? target;
  if (typeof url !== 'string') throw fault(`${where}: url must be text, received ${kindOf(url)}`);
  if (typeof method !== 'string') throw fault(`${where}: method must be text, received ${kindOf(method)}`);
  const query = url.includes('?') ? null : textOf(item, NAMES.query)?.replace(/^\??/, '?');
  return recorded(where, {
    method,
    url: url + (query ?? ''),
    headers: headersOf(item, where),
    body: bodyOf(item, where),
  });
}

function headersOf(item: Item, where: string): [string, string][] {
  const found = find(item, NAMES.headers) ?? {};
  const pairs: unknown[] = Array.isArray(found) ? found : isItem(found) ? Object.entries(found) : [null];
  const headers = pairs.flatMap((pair): [string, string][] => {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name === 'string') return [value].flat().map((one) => [name, String(one)]);
    throw fault(`${where}: headers must be an object or a list of [name, value], received ${kindOf(found)}`);
  });
  const known = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const [name, names] of Object.entries(SINGLE)) {
    const value = textOf(item, names);
    if (value !== null && !known.has(name)) headers.push([name, value]);
  }
  return headers;
}

function bodyOf(item: Item, where: string): Buffer | null {
  const encoded = find(item, NAMES.bodyBase64);
  if (typeof encoded === 'string') return Buffer.from(encoded, 'base64');
  const body = find(item, NAMES.body) ?? '';
  if (body === '') return null;
  if (typeof body === 'string') return Buffer.from(body);
  if (typeof body === 'object') return Buffer.from(JSON.stringify(body));
  throw fault(`${where}: body must be text, received ${kindOf(body)}`);
}

/** The value of the first name present; a dot descends. */
function find(item: Item, names: readonly string[]): unknown {
  for (const name of names) {
    const inner = name.split('.').reduce<unknown>((at, key) => (isItem(at) ? at[key] : null), item);
    const value = item[name] ?? inner;
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** Null if absent, which logs write as "" or "-". */
function textOf(item: Item, names: readonly string[]): string | null {
  const value = find(item, names);
  return typeof value === 'string' && value !== '' && value !== '-' ? value : null;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
