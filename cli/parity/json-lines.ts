/**
 * One JSON object per line: requests in this tool's own format, and the JSON access logs of nginx, Kong, Caddy,
 * Traefik, Cloudflare Logpush and this gateway.
 *
 * Own format: {"method": "GET", "url": "/v1/a?b=c", "headers": {"name": "value"}, "body": "text"}; `bodyBase64` for
 * bytes. All logs are read with the same table of field names, since they differ in nothing else; the first name
 * present is used.
 */
import type { Line } from './lines.ts';
import { fault, kindOf, recorded, type Recorded, type Unusable } from './recorded.ts';

const words = (text: string): readonly string[] => text.split(' ');
const NAMES = {
  method: words('method request.method request_method http_method verb RequestMethod ClientRequestMethod'),
  url: words('url request.uri request_uri uri request.url target path RequestPath ClientRequestURI http.url'),
  query: words('query query_string querystring args'),
  host: words('host request.host http_host RequestHost ClientRequestHost server_name'),
  headers: words('headers request.headers request_headers RequestHeaders'),
  agent: words('http_user_agent user_agent ClientRequestUserAgent request_User-Agent'),
  referer: words('http_referer referer ClientRequestReferer request_Referer'),
  body: words('body request.body request_body'),
  bodyBase64: words('bodyBase64 body_base64'),
};

type Item = Record<string, unknown>;

export async function* readJsonLines(
  lines: AsyncIterable<Line>,
  name: string,
): AsyncGenerator<Recorded | Unusable> {
  for await (const { text, number, offset } of lines) {
    if (text.trim() === '') continue;
    const where = `${name}:${number}`;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      throw fault(`${where}: line must be one JSON object, received text that is not JSON`);
    }
    if (!isItem(item)) throw fault(`${where}: line must be one JSON object, received ${kindOf(item)}`);
    yield oneLine(item, where, offset);
  }
}

function oneLine(item: Item, where: string, offset: number): Recorded | Unusable {
  let method = find(item, NAMES.method);
  let url = find(item, NAMES.url);
  const request = item['request'];
  if (typeof request === 'string') {
    // nginx's $request: "GET /a HTTP/1.1"
    const [, verb, target] = /^([A-Z-]+) (\S+)/.exec(request) ?? [];
    if (verb === undefined) return { unusable: 'not an HTTP request', where, offset };
    method ??= verb;
    url ??= target;
  }
  if (typeof url !== 'string') throw fault(`${where}: url must be text, received ${kindOf(url)}`);
  if (method !== undefined && typeof method !== 'string') {
    throw fault(`${where}: method must be text, received ${kindOf(method)}`);
  }
  const query = find(item, NAMES.query);
  if (typeof query === 'string' && query !== '' && query !== '-' && !url.includes('?')) {
    url += `${query.startsWith('?') ? '' : '?'}${query}`;
  }
  return recorded(where, offset, {
    method: method ?? 'GET',
    url,
    headers: headersOf(item, where),
    body: bodyOf(item, where),
  });
}

function headersOf(item: Item, where: string): [string, string][] {
  const found = find(item, NAMES.headers) ?? {};
  const headers: [string, string][] = [];
  const pairs: unknown[] = Array.isArray(found) ? found : isItem(found) ? Object.entries(found) : [null];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') {
      throw fault(
        `${where}: headers must be an object or a list of [name, value], received ${kindOf(found)}`,
      );
    }
    const values: unknown[] = Array.isArray(pair[1]) ? pair[1] : [pair[1]];
    for (const value of values) headers.push([pair[0], String(value)]);
  }
  const has = (name: string) => headers.some(([key]) => key.toLowerCase() === name);
  for (const [name, names] of [
    ['host', NAMES.host],
    ['user-agent', NAMES.agent],
    ['referer', NAMES.referer],
  ] as const) {
    const value = find(item, names);
    if (typeof value === 'string' && value !== '' && value !== '-' && !has(name)) headers.push([name, value]);
  }
  return headers;
}

function bodyOf(item: Item, where: string): Buffer | null {
  const encoded = find(item, NAMES.bodyBase64);
  if (typeof encoded === 'string') return Buffer.from(encoded, 'base64');
  const body = find(item, NAMES.body);
  if (body === undefined || body === null || body === '') return null;
  if (typeof body === 'string') return Buffer.from(body);
  if (typeof body === 'object') return Buffer.from(JSON.stringify(body));
  throw fault(`${where}: body must be text, received ${kindOf(body)}`);
}

/** The value of the first name present; a dot descends. */
function find(item: Item, names: readonly string[]): unknown {
  for (const name of names) {
    let value: unknown = item[name];
    const dot = name.indexOf('.');
    if (value === undefined && dot !== -1) {
      const inner = item[name.slice(0, dot)];
      value = isItem(inner) ? inner[name.slice(dot + 1)] : undefined;
    }
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
