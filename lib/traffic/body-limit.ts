/**
 * How large a request's body may be: Kong's request-size-limiting, and the bound of the nginx below it. A body of
 * exactly `maxBodyBytes` passes.
 *
 * A Content-Length decides before anything is read. A body without one is counted while it streams: when it exceeds the
 * limit, the attempt is aborted, so that the origin sees an aborted request and never a truncated one that looks whole.
 * Rejected: reading the whole body first, as Kong does, which costs as much memory as the limit allows.
 */
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';
import { settingFor } from './setting-for.ts';

interface BodyLimit {
  readonly bytes: number;
  /** The bound is nginx's, whose refusal has its own wording. */
  readonly ofNginx: boolean;
  /** Refuse a body without Content-Length: 411. */
  readonly requireLength: boolean;
}

const NO_LENGTH = refuse('length_required', 411, 'A valid Content-Length header is required');

/** What the headers alone decide; null if the request may pass. `length` is Content-Length. */
export function judgeLength(
  { bytes, requireLength }: Pick<BodyLimit, 'bytes' | 'requireLength'>,
  length: string | null,
  withBody: boolean,
  kong: boolean,
): 'too large' | 'no length' | 'count' | null {
  if (length !== null && /^\d+$/.test(length)) return Number(length) > bytes ? 'too large' : null;
  // Kong lets a chunked body pass and requires a length of all other requests, even of a GET without a body.
  if (requireLength && withBody !== kong) return 'no length';
  return withBody ? 'count' : null;
}

function refuseLarge({ headers, kong }: Context, { ofNginx }: BodyLimit): Refusal {
  if (ofNginx) return refuse('payload_too_large', 413, 'Payload too large');
  const expects = kong !== null && /^100-continue$/i.test(headers.get('expect') ?? '');
  return refuse('body_too_large', expects ? 417 : 413, 'Request size limit exceeded');
}

function limitBody(context: Context, limit: BodyLimit, runtime: Runtime): Refusal | null {
  const { request, headers, method } = context;
  if (context.body !== null)
    return context.body.byteLength > limit.bytes ? refuseLarge(context, limit) : null;
  const length = headers.get('content-length');
  const judged = judgeLength(limit, length, request.body !== null, context.kong !== null);
  if (judged === 'too large') return refuseLarge(context, limit);
  // The platform forwards a GET's body by itself: it can be read here, but not sent.
  if (judged === 'no length' || (judged === 'count' && (method === 'GET' || method === 'HEAD')))
    return NO_LENGTH;
  if (judged === 'count') countBody(context, request.body as ReadableStream<Uint8Array>, limit, runtime);
  return null;
}

/** Sends the same bytes; beyond the limit the attempt is aborted. */
function countBody(
  context: Context,
  from: ReadableStream<Uint8Array>,
  limit: BodyLimit,
  runtime: Runtime,
): void {
  const { readable, writable } = runtime.pipe(NaN);
  const upload = { readable, doneAt: Infinity, stop: new AbortController() };
  const reader = from.getReader();
  const writer = writable.getWriter();
  const pump = async (): Promise<void> => {
    for (let left = limit.bytes; ;) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
      if (left < 0) {
        context.stopped = refuseLarge(context, limit);
        reader.cancel().catch(() => undefined);
        throw new Error('the body is too large');
      }
      await writer.write(value);
    }
    await writer.close();
    upload.doneAt = runtime.now();
  };
  context.upload = upload;
  pump().catch((error: unknown) => {
    // An origin that wants no more of the body has closed the stream itself.
    if (writer.desiredSize === null) return;
    upload.stop.abort();
    // To the origin a stream that fails would look like a whole body; one that is read here has to fail.
    if (context.sentAt === 0) writer.abort(error).catch(() => undefined);
  });
}

export function startBodyLimit({ settings, runtime }: Isolate): Hooks {
  const nginx = (settings.compat && settings.kong.maxBodyBytes) ?? Infinity;
  return {
    admit: (route) => {
      const mostOf = settingFor('maxBodyBytes', route, settings);
      const requireOf = settingFor('requireContentLength', route, settings);
      if (mostOf === null && requireOf === null && nginx === Infinity) return null;
      return (context) => {
        const own = mostOf?.(context) ?? Infinity;
        const requireLength = requireOf?.(context) ?? false;
        const ofNginx = nginx < Infinity && nginx <= own;
        return limitBody(context, { bytes: Math.min(own, nginx), ofNginx, requireLength }, runtime);
      };
    },
  };
}
