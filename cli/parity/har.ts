/**
 * HAR 1.2, as browsers' developer tools and proxies save it, one entry at a time: a recording of a day may be
 * larger than memory, and most of it is response bodies, which are dropped while they are parsed.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parser } from 'stream-json';
import { ignore } from 'stream-json/filters/ignore.js';
import { pick } from 'stream-json/filters/pick.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
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

export async function* readHar(input: Readable, name: string): AsyncGenerator<Recorded | Unusable> {
  let offset = 0;
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      offset += chunk.length;
      yield chunk;
    }
  };
  const entries = streamArray.asStream();
  let failure: unknown = null;
  const done = pipeline(
    input,
    counted,
    parser.asStream({ packValues: true, streamValues: false }),
    pick.asStream({ filter: 'log.entries', once: true }),
    ignore.asStream({ filter: /^\d+\.(?:response|timings|cache|_initiator|_webSocketMessages)\b/ }),
    entries,
  ).catch((error: unknown) => {
    failure = error;
  });
  let number = 0;
  try {
    for await (const { value } of entries as AsyncIterable<{ value: Entry }>) {
      yield oneEntry(value, `${name}: entry ${++number}`, offset);
    }
  } catch (error) {
    failure ??= error;
    if (error instanceof Error && 'fault' in error) throw error;
  }
  await done;
  if (failure) throw fault(`${name}: must be a HAR file, received JSON that breaks after entry ${number}`);
  if (number === 0) throw fault(`${name}: must be a HAR file with entries in log.entries, received none`);
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
