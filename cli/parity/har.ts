/** HAR 1.2, as saved by browsers' developer tools and proxies. Read as a whole: a browser could hold it too. */
import { fault, kindOf, recorded, type Entry } from './recorded.ts';

interface Pair {
  readonly name?: unknown;
  readonly value?: unknown;
}
interface HarRequest {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly headers?: readonly Pair[];
  readonly postData?: {
    readonly text?: unknown;
    readonly encoding?: unknown;
    readonly params?: readonly Pair[];
  };
}

export function* harEntries(source: string, name: string): Generator<Entry> {
  let entries: { readonly request?: HarRequest }[] | undefined;
  try {
    ({ entries } = (JSON.parse(source) as { log: { entries?: typeof entries } }).log);
  } catch {
    throw fault(`${name}: must be a HAR file, received JSON that breaks off`);
  }
  if (!Array.isArray(entries) || entries.length === 0)
    throw fault(`${name}: must be a HAR file with entries in log.entries, received none`);
  for (const [i, entry] of entries.entries()) yield entryOf(entry?.request, `${name}: entry ${i + 1}`);
}

function entryOf(request: HarRequest | undefined, where: string): Entry {
  const { method, url, headers = [], postData } = request ?? {};
  if (typeof method !== 'string' || typeof url !== 'string')
    throw fault(`${where}: request must have a method and a url, received ${kindOf(request)}`);
  const [, scheme] = /^(wss?|data|blob|chrome-extension|about):/i.exec(url) ?? [];
  if (scheme !== undefined) return { unusable: `a ${scheme}: address` };
  return recorded(where, { method, url, headers: headers.map(pairOf), body: bodyOf(postData ?? {}) });
}

const pairOf = ({ name, value }: Pair): [string, string] => [String(name), String(value ?? '')];

function bodyOf({ text, encoding, params = [] }: NonNullable<HarRequest['postData']>): Buffer | null {
  if (typeof text === 'string' && text !== '')
    return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
  return params.length === 0 ? null : Buffer.from(new URLSearchParams(params.map(pairOf)).toString());
}
