/**
 * Whatever a caller writes as a path: the origin's reading of it leads to the route that let it in, and stays below the
 * origin's base path.
 */
import fc from 'fast-check';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Config } from '../../lib/config/types.ts';
import { openContext } from '../../lib/http/context.ts';
import { testProperty } from '../support/property.ts';
import { stateOf } from '../support/state.ts';
import { virtualRuntime } from '../support/virtual-runtime.ts';
import { words } from '../support/words.ts';

const CONFIG: Config = {
  pools: { api: { origins: ['http://o/base'] } },
  routes: [
    { name: 'private', paths: ['/private'], pool: 'api', auth: {} },
    { name: 'public', paths: ['/public'], pool: 'api' },
    { name: 'stripped', paths: ['/cut', '/cut/deep/'], stripPath: true, basePath: '/inner', pool: 'api' },
    { name: 'exact', paths: ['~/item/x$'], pool: 'api', auth: {} },
    { name: 'pattern', paths: ['~/item/(?<id>[^/]+)'], stripPath: true, pool: 'api' },
    { name: 'all', paths: ['/'], pool: 'api' },
  ],
};
const RUNTIME = virtualRuntime();

interface Way {
  readonly route: string;
  /** What the origin's server sees, as `fetch` writes it. */
  readonly seen: string;
}

/** Leads a raw target through the gateway's own rules to the origin; null where no route takes it. */
function guideOf(config: Config): (target: string) => Way | null {
  const settings = checkConfig(config);
  const state = stateOf(settings);
  return (target) => {
    const request = { url: `http://h${target}`, method: 'GET', headers: new Headers() };
    const context = openContext(
      { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0],
      state,
      RUNTIME,
    );
    const match = context.unreadable ?? state.routing.match(context);
    if (!match || 'reason' in match) return null;
    const { route, matchedPath } = match;
    const tail = state.routing.originPath({ ...context, route, matchedPath });
    const seen = new URL(`http://o/base${tail}${context.query}`);
    return { route: route.name, seen: seen.pathname };
  };
}

// Pieces that parsers quarrel about, and names of routes.
const PIECES = [
  ...words`
    private public cut deep item x / // . .. %2e %2E %2f %5c %70 %25 # ? ; : @ % %00 ~ * %c0%af %C1%B0 ..; %3b
  `,
  ...Array.from('\\\t\n \u00e9\x01\x1f\u0170\u012e'),
];
const written = fc.array(fc.constantFrom(...PIECES, '/', '/', '/..', '/.'), { maxLength: 14 });
// Patterns that end at the path's end are dodged by what the origin's reading drops there.
const dressed = fc.constantFrom(...PIECES).map((piece) => ['item/x', piece]);
const target = fc.oneof({ arbitrary: written, weight: 9 }, dressed).map((pieces) => `/${pieces.join('')}`);
const RUNS = 4000;

for (const compat of [null, 'kong-3'] as const) {
  const profile = compat ?? 'plain';
  const config = { ...CONFIG, ...(compat && { compat }) };
  const follow = guideOf(config);
  testProperty(`${profile}: no path leaves the base path of its origin or route`, [target], RUNS, (path) => {
    const way = follow(path);
    if (way === null) return true;
    const base = way.route === 'stripped' ? '/base/inner' : '/base';
    return way.seen === base || way.seen.startsWith(`${base}/`);
  });

  const again = guideOf({ ...config, routes: CONFIG.routes!.filter(({ stripPath }) => stripPath !== true) });
  const title = `${profile}: read as the origin reads it, a path takes the same route`;
  testProperty(title, [target], RUNS, (path) => {
    const way = again(path);
    return way === null || again(way.seen.slice('/base'.length) || '/')?.route === way.route;
  });
}
