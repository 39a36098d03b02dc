/**
 * Routes that ask nobody who they are: once another one does, what a caller says of it is dropped here too, or an origin
 * behind both would believe it. Kong leaves it alone, and so do its profiles.
 */
import type { RouteSettings } from '../config/types.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { claimedNames } from './consumer-headers.ts';

/** Whether the route asks who calls. Of a feature that the file does not carry nothing is known. */
export function asksWho({ auth, jwt, basicAuth, hmacAuth }: RouteSettings): boolean {
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
