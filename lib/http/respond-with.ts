/**
 * A response that the configuration writes out: the route is closed, a page has gone, a consumer may not call.
 *
 * Kong's request-termination: it comes after the key and the limit, before the origin; the answer is never
 * negotiated by Accept (kong/plugins/request-termination/handler.lua). What is written for the consumer goes
 * before what is written for the route.
 */
import type { FixedResponse, Settings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';

/** Responses of these statuses have no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const EMPTY = [204, 205, 304];

export function startRespondWith({ settings }: Isolate): Hooks {
  return {
    answer: ({ respondWith, consumerResponses }) =>
      respondWith || consumerResponses || settings.consumerResponses
        ? (context) => fixedResponse(context, settings)
        : null,
  };
}

/** The response to send in place of the origin's; null where the origin is asked. */
export function fixedResponse(context: Context, settings: Settings): Response | null {
  const { route, consumer } = context;
  const own =
    consumer && (route?.consumerResponses?.get(consumer.id) ?? settings.consumerResponses?.get(consumer.id));
  const fixed = own ?? route?.respondWith ?? null;
  if (fixed === null || !isTriggered(fixed, context)) return null;
  const { status, text, headers } = fixed;
  const bare = text === '' || context.method === 'HEAD' || EMPTY.includes(status);
  // As bytes: the runtime adds a Content-Type to a body that is a string.
  const body = bare ? null : new TextEncoder().encode(text);
  return new Response(body, { status, headers: headers as [string, string][] });
}

/** A header is named in any case, a query argument exactly; either may be empty. */
function isTriggered({ trigger }: FixedResponse, { headers, query }: Context): boolean {
  return trigger === null || headers.has(trigger) || new URLSearchParams(query).has(trigger);
}
