/**
 * Tells load balancers and containers that this script runs, without a token and without asking an origin:
 * `healthPath`.
 */
import type { Hooks, Isolate } from '../core/feature.ts';

export function startHealthPath({ settings: { healthPath } }: Isolate): Hooks {
  if (healthPath === null) return {};
  return {
    early: ({ path, method }) =>
      path === healthPath && (method === 'GET' || method === 'HEAD')
        ? Promise.resolve(new Response('ok\n', { headers: { 'Cache-Control': 'no-store' } }))
        : null,
  };
}
