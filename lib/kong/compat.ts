/**
 * Kong's visible behaviour as one feature: headers in both directions, and the format of refusals.
 */
import type { Hooks, Isolate } from '../core/feature.ts';
import { kongRefusal } from './error-bodies.ts';
import { addKongHeaders, forwardKongHeaders } from './headers.ts';

export function startKong({ settings, runtime }: Isolate): Hooks {
  const { compat, kong } = settings;
  if (compat === null) return {};
  return {
    forward: (headers, context) => forwardKongHeaders(headers, context, settings),
    refusal: (refusal, context) => kongRefusal(refusal, context, compat, kong.errorType),
    finish:
      () =>
      (context, { status, reason, change }) => {
        const proxied =
          reason === null ? context.origin !== null : context.sentAt > 0 && reason !== 'no_origin';
        addKongHeaders(change(), context, settings, { proxied, status }, runtime.now());
      },
  };
}
