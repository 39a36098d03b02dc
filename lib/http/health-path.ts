/**
 * `healthPath`: a health check for load balancers and containers, which needs no token and asks no origin.
 */
import type { Hooks, Isolate } from '../core/feature.ts';

export function startHealthPath({ settings: { healthPath } }: Isolate): Hooks {
  if (healthPath === null) return {};
  return {
    early: ({ path, method }) =>
      path === healthPath && (method === 'GET' || method === 'HEAD')
        ? new Response('ok\n', { headers: { 'Cache-Control': 'no-store' } })
        : null,
  };
}
