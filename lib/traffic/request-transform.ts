/**
 * Changes requests before they are sent: Kong's request-transformer, in its order: method, path, headers, body, query.
 *
 * Templates are filled in from the request as it was before the first change, including the headers that earlier
 * features have added. Headers that the gateway sets (X-Forwarded-*, X-Real-IP, Via, the request id) and those that
 * frame the message (Host, Content-Length) can't be changed.
 */
import type { RequestTransform } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { memo } from '../core/memo.ts';
import { headerNow } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { escapePath, pathBytes } from '../core/url-path.ts';
import { withSetting } from './setting-for.ts';
import { compileTemplate, fillTemplate } from '../core/template.ts';
import type { Template, TemplateSource } from '../core/template.ts';
import { parseArguments, textOf, transformArguments, writeArguments } from './transform/arguments.ts';
import type { Arguments } from './transform/arguments.ts';
import { transformRequestHeaders } from './transform/header-lines.ts';
import type { HeaderLines } from './transform/header-lines.ts';
import { mapOperations, mapValues } from './transform/operations.ts';
import type { Operations } from './transform/operations.ts';
import { transformRequestBody } from './transform/request-body.ts';

/** The setting with compiled templates. */
interface Compiled {
  readonly method: string | null;
  readonly path: Template | null;
  readonly headers: Operations<Template> | null;
  readonly query: Operations<Template> | null;
  readonly body: Operations<Template> | null;
}

const FIXED =
  /^(?:x-forwarded-.*|x-real-ip|via|x-kong-request-id|host|content-length|transfer-encoding|connection|upgrade)$/;
/** The name in lower case; null for a header that can't be changed. */
const changeable = (name: string): string | null => {
  const plain = name.toLowerCase();
  return FIXED.test(plain) ? null : plain;
};

/**
 * @throws Error for a malformed template, which validation has ruled out.
 */
function compileRequestTransform({ method, path, headers, query, body }: RequestTransform): Compiled {
  return {
    method,
    path: path === null ? null : compileTemplate(pathBytes(path)),
    headers: headers && mapOperations(headers, changeable, compileTemplate),
    query: query && mapValues(query, compileTemplate),
    body: body && mapValues(body, compileTemplate),
  };
}

/** The request's headers as the origin would get them at this point. Changes are recorded in the context. */
const outgoingHeaders = (context: Context): HeaderLines => ({
  get: (name) => headerNow(context, name),
  set: (name, value) => void context.originHeaders.push([name, value]),
  delete: (name) => void context.originHeaders.push([name, null]),
});

/** The query is the one that earlier features have left: without a hidden key. */
function sourceOf({ originQuery, captures }: Context, headers: HeaderLines): TemplateSource {
  let read: Arguments | null = null;
  return {
    headers: (name) => (/^[\w-]+$/.test(name) ? headers.get(name.toLowerCase()) : null),
    query_params: (name) => {
      read ??= parseArguments(originQuery.slice(1));
      const [value = null] = read.get(name) ?? [];
      // Kong reads an argument without "=" as true.
      return read.has(name) ? (value === null ? 'true' : textOf(value)) : null;
    },
    uri_captures: (name) => {
      if (/^\d/.test(name)) return captures?.[Number(name)] ?? null;
      const groups: Record<string, string | undefined> = captures?.groups ?? {};
      return Object.hasOwn(groups, name) ? (groups[name] ?? null) : null;
    },
  };
}

/**
 * The path that a template makes; null if it must not be requested: one that does not start with "/", or that climbs
 * out of the origin's base path. A caller's value can't end the path, and outside Kong's profiles stays one segment.
 */
export function fillPath(template: Template, source: TemplateSource, kong: boolean): string | null {
  const path = fillTemplate(template, source, (value, place) =>
    // A route's capture is a part of the path already.
    place === 'uri_captures' ? endless(value) : kong ? endless(pathBytes(value)) : encodeURIComponent(value),
  );
  return path.startsWith('/') && !/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path) ? escapePath(path) : null;
}

const endless = (value: string): string => value.replace(/[?#\\]/g, encodeURIComponent);

const NO_PATH = refuse('internal', 500, 'An unexpected error occurred');

function transformRequest(context: Context, compiled: Compiled): Refusal | null | Promise<Refusal | null> {
  const headers = outgoingHeaders(context);
  const source = sourceOf(context, headers);
  const fill = (value: Template): string => fillTemplate(value, source);
  const { method, path } = compiled;
  // All templates are filled in before the first change.
  const operations = compiled.headers && mapValues(compiled.headers, fill);
  const query = compiled.query && mapValues(compiled.query, fill);
  const body = compiled.body && mapValues(compiled.body, fill);
  if (method !== null) context.originMethod = method;
  if (path !== null) {
    context.originPath = fillPath(path, source, context.kong !== null);
    if (context.originPath === null) return NO_PATH;
  }
  if (operations) transformRequestHeaders(headers, operations);
  const formless = method === null || !/^(?:GET|HEAD|TRACE)$/.test(method);
  if (body === null && formless) return transformQuery(context, query, null);
  return transformRequestBody(context, body, headers.get('content-type') ?? '').then((done) =>
    done !== null && 'reason' in done ? done : transformQuery(context, query, formless ? null : done),
  );
}

/** `form`: fields of a form that the query gets too, since this method has no body. */
function transformQuery(
  context: Context,
  operations: Operations<string> | null,
  form: Arguments | null,
): null {
  if (operations === null && form === null) return null;
  const found = parseArguments(context.originQuery.slice(1));
  for (const [name, values] of form ?? []) found.set(name, [...(found.get(name) ?? []), ...values]);
  if (operations) transformArguments(found, operations);
  const text = writeArguments(found);
  context.originQuery = text && '?' + text;
  return null;
}

export function startRequestTransform({ settings }: Isolate): Hooks {
  const compiledOf = memo(compileRequestTransform);
  return {
    admit: (route) =>
      withSetting('requestTransform', route, settings, (own, context) =>
        transformRequest(context, compiledOf(own)),
      ),
  };
}
