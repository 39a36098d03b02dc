/**
 * HAR 1.2, as saved by browsers' developer tools and proxies. The file is read as a whole: a browser could hold it too.
 */
import { text } from 'node:stream/consumers';
import { fault, kindOf, recorded, type Recorded, type Unusable } from './recorded.ts';

interface Pair {
  name?: unknown;
  value?: unknown;
}
interface Entry {
  _resourceType?: unknown;
  request?: {
    method?: unknown;
    url?: unknown;
    headers?: Pair[];
    postData?: { text?: unknown; encoding?: unknown; params?: Pair[]; mimeType?: unknown };
  };
}

export async function* readHar(
  input: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<Recorded | Unusable> {
  const source = await text(input);
  let entries: Entry[] | undefined;
  try {
    ({ entries } = (JSON.parse(source.replace(/^\uFEFF/, '')) as { log: { entries?: Entry[] } }).log);
  } catch {
    throw fault(`${name}: must be a HAR file, received JSON that breaks off`);
  }
  if (!Array.isArray(entries) || entries.length === 0)
    throw fault(`${name}: must be a HAR file with entries in log.entries, received none`);
  for (const [i, entry] of entries.entries())
    yield oneEntry(entry, `${name}: entry ${i + 1}`, Math.round((source.length * (i + 1)) / entries.length));
}

function oneEntry(entry: Entry, where: string, offset: number): Recorded | Unusable {
  const request = entry?.request;
  if (typeof request?.method !== 'string' || typeof request.url !== 'string') {
    throw fault(`${where}: request must have a method and a url, received ${kindOf(request)}`);
  }
  if (/^(?:wss?|data|blob|chrome-extension|about):/i.test(request.url)) {
    return { unusable: `a ${request.url.slice(0, request.url.indexOf(':'))}: address`, where, offset };
  }
  const { method, url } = request;
  const headers = (request.headers ?? []).map(({ name, value }): [string, string] => [
    String(name),
    String(value),
  ]);
  return recorded(where, offset, { method, url, headers, body: bodyOf(request.postData) });
}

function bodyOf(postData: NonNullable<Entry['request']>['postData']): Buffer | null {
  if (!postData) return null;
  if (typeof postData.text === 'string' && postData.text !== '') {
    return Buffer.from(postData.text, postData.encoding === 'base64' ? 'base64' : 'utf8');
  }
  const params = new URLSearchParams();
  for (const { name, value } of postData.params ?? []) params.append(String(name), String(value ?? ''));
  return params.size === 0 ? null : Buffer.from(params.toString());
}
