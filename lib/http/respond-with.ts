/**
 * A fixed response from the configuration: the route is closed, a page is gone, a consumer may not call.
 *
 * Kong's request-termination: it runs after authentication and rate limits, before the origin; the response is never
 * negotiated by Accept (kong/plugins/request-termination/handler.lua). The consumer's response overrides the route's.
 */
import type { FixedResponse, Settings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { headerNow } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { isBodiless } from './response.ts';

export function startRespondWith({ settings }: Isolate): Hooks {
  return {
    answer: ({ respondWith, consumerResponses }) =>
      respondWith || consumerResponses || settings.consumerResponses
        ? (context) => fixedResponse(context, settings)
        : null,
  };
}

/** The response to send instead of the origin's; null to send the request to the origin. */
export function fixedResponse(context: Context, settings: Settings): Response | null {
  const { route, consumer } = context;
  const own =
    consumer && (route?.consumerResponses?.get(consumer.id) ?? settings.consumerResponses?.get(consumer.id));
  const fixed = own ?? route?.respondWith ?? null;
  if (fixed === null || !isTriggered(fixed, context)) return null;
  const { status, text, headers } = fixed;
  const bare = text === '' || context.method === 'HEAD' || isBodiless(status);
  // As bytes: the runtime adds a Content-Type to a body that is a string.
  const body = bare ? null : new TextEncoder().encode(text);
  return new Response(body, { status, headers: headers as [string, string][] });
}

/**
 * `trigger` names a header, in any case, or a query argument, exactly, as earlier features have left them; its value
 * may be empty.
 */
function isTriggered({ trigger }: FixedResponse, context: Context): boolean {
  return (
    trigger === null ||
    headerNow(context, trigger.toLowerCase()) !== null ||
    new URLSearchParams(context.originQuery).has(trigger)
  );
}
