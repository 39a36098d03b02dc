/**
 * Limits by something other than the caller: by a header's value, by path, by service. Paths are normalised first.
 */
import type { RateLimitSettings } from '../config/types.ts';
import { normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { normalisePath, pathBytes } from '../core/url-path.ts';
import { xxh32 } from '../core/xxhash.ts';

/** A caller's string may be long or a secret: the table of counters holds a 64-bit hash of it. */
const shortText = (text: string | null): string | null => text && `${xxh32(text)} ${xxh32(' ' + text)}`;

/** The key that a request is counted under; null if it is counted by the caller's address. */
export function limitKey(by: RateLimitSettings['by'], context: Context): string | null {
  const { route } = context;
  // Kong's services may share a pool. Undefined if the file does not carry the Kong feature.
  if (by === 'service') return route?.service?.id ?? String(route?.pool ?? '');
  if (by === 'path') return shortText(normalPathOf(context)) ?? '';
  if (typeof by === 'string') return null;
  if ('header' in by) return shortText(context.headers.get(by.header));
  return normalPathOf(context) === normalisePath(pathBytes(by.path)) ? by.path : null;
}
