/**
 * Limits that do not go by who calls: by what a header says, by path, by service. Paths count in their normal form.
 */
import type { RateLimitSettings } from '../config/types.ts';
import { normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { normalisePath, pathBytes } from '../core/url-path.ts';
import { xxh32 } from '../core/xxhash.ts';

/** What callers write may be long, or a secret: the table of counters holds 64 bits of it. */
const shortText = (text: string | null): string | null => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** Whose count a request goes to; null where it goes by the caller's address. */
export function limitKey(by: RateLimitSettings['by'], context: Context): string | null {
  const { route } = context;
  // Kong's services may share a pool. Undefined where the file does not carry the Kong feature.
  if (by === 'service') return route?.service?.id ?? String(route?.pool ?? '');
  if (by === 'path') return shortText(normalPathOf(context)) ?? '';
  if (typeof by === 'string') return null;
  if ('header' in by) return shortText(context.headers.get(by.header));
  return normalPathOf(context) === normalisePath(pathBytes(by.path)) ? by.path : null;
}
