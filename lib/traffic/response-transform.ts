/**
 * Changes responses, the origin's and the gateway's own: Kong's response-transformer.
 *
 * A JSON body is read whole and rewritten while it streams: status and headers do not wait for it. A body that turns
 * out not to be a JSON object, or larger than 8 MiB, passes unchanged.
 */
import type { Exit, Hooks, Isolate } from '../core/feature.ts';
import { isDecoded } from '../core/read-at-most.ts';
import type { Runtime } from '../core/runtime.ts';
import { withSetting } from './setting-for.ts';
import { transformAnswerHeaders } from './transform/header-lines.ts';
import { parseJsonFields, transformFields, writeFields } from './transform/json-fields.ts';
import type { Operations } from './transform/operations.ts';

const LARGEST_ANSWER = 8 * 1024 * 1024;
/** `application/json` or `application/...+json`, with parameters that are well-formed. */
const JSON_BODY =
  /^\s*application\/(?:json|[\w.!#$&^-]+\+json)\s*(?:;\s*[\w!#$%&'*+.^`|~-]+=(?:[^\s;"]+|"[^"]*")\s*)*$/i;

export const isJsonType = (type: string | null): boolean => type !== null && JSON_BODY.test(type);

/** The new body; the same text if it is not a JSON object. */
function transformJson(text: string, operations: Operations<unknown>): string {
  const fields = parseJsonFields(text);
  if (fields === null) return text;
  transformFields(fields, operations, true);
  return writeFields(fields);
}

/** Writes the body with its text changed, once all of it has arrived. */
async function writeTransformed(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  operations: Operations<unknown>,
): Promise<void> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    pieces.push(value as Uint8Array<ArrayBuffer>);
    if (size > LARGEST_ANSWER) for (const piece of pieces.splice(0)) await writer.write(piece);
  }
  if (size <= LARGEST_ANSWER) {
    const text = await new Blob(pieces).text();
    const changed = transformJson(text, operations);
    // A body that is not JSON may not be UTF-8 either.
    const out = changed === text ? pieces : [new TextEncoder().encode(changed)];
    for (const piece of out) await writer.write(piece);
  }
  await writer.close();
}

function transformAnswerBody(
  exit: Exit,
  operations: Operations<unknown>,
  runtime: Runtime,
  isHead: boolean,
): void {
  const { response } = exit;
  const { body, headers, status, statusText } = response;
  if ((body === null && !isHead) || !isJsonType(headers.get('content-type')) || !isDecoded(response)) return;
  const changed = new Headers(headers);
  // The body is decoded here, and its length changes. A HEAD says what a GET would.
  changed.delete('content-encoding');
  changed.delete('content-length');
  if (isHead || body === null)
    return exit.replace(new Response(null, { status, statusText, headers: changed }));
  const { readable, writable } = runtime.pipe(NaN);
  const reader = body.getReader();
  const writer = writable.getWriter();
  writeTransformed(reader, writer, operations).catch((error: unknown) => {
    // One of the two ends has failed: the other ends with it.
    reader.cancel(error).catch(() => undefined);
    writer.abort(error).catch(() => undefined);
  });
  exit.replace(new Response(readable, { status, statusText, headers: changed }));
}

export function startResponseTransform({ settings, runtime }: Isolate): Hooks {
  const live = settings.compat === 'kong-2018';
  return {
    finish: (route) =>
      withSetting('responseTransform', route, settings, ({ headers, body }, context, exit: Exit) => {
        if (headers) transformAnswerHeaders(exit.change(), headers, live);
        if (body && exit.status !== 101) transformAnswerBody(exit, body, runtime, context.method === 'HEAD');
      }),
  };
}
