/**
 * Routes without authentication: if another route has it, a caller's own identity headers are dropped here too, since
 * an origin behind both routes would trust them. Kong forwards them, and so do its profiles.
 */
import type { RouteSettings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { claimedNames } from './consumer-headers.ts';

/** Whether the route has authentication. Settings of a feature that the file does not carry are undefined. */
function asksWho({ auth, jwt, basicAuth, hmacAuth }: RouteSettings): boolean {
  return Boolean(auth ?? jwt ?? basicAuth ?? hmacAuth);
}

export function startUnasked({ settings: { compat, routes } }: Isolate): Hooks {
  if (compat !== null || !routes.some(asksWho)) return {};
  const identity = claimedNames();
  return {
    admit: (route) =>
      asksWho(route)
        ? null
        : (context) => {
            context.claimed.push(identity);
            return null;
          },
  };
}
