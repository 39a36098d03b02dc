/**
 * For any path a caller sends: the path as the origin parses it matches the same route, and stays below the origin's
 * base path.
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

interface Forwarded {
  readonly route: string;
  /** The path that `fetch` sends to the origin. */
  readonly seen: string;
}

/** Routes a raw target through the gateway to the origin; null if no route matches. */
function forwardingOf(config: Config): (target: string) => Forwarded | null {
  const settings = checkConfig(config);
  const state = stateOf(settings, virtualRuntime());
  return (target) => {
    const request = { url: `http://h${target}`, method: 'GET', headers: new Headers() };
    const context = openContext(
      { request, waitUntil: () => undefined } as unknown as Parameters<typeof openContext>[0],
      state,
    );
    const match = context.unreadable ?? state.routing.match(context);
    if (!match || 'reason' in match) return null;
    const { route, matchedPath } = match;
    const tail = state.routing.originPath({ ...context, route, matchedPath });
    const seen = new URL(`http://o/base${tail}${context.query}`);
    return { route: route.name, seen: seen.pathname };
  };
}

// Pieces on which parsers disagree, and names of routes.
const PIECES = [
  ...words`
    private public cut deep item x / // . .. %2e %2E %2f %5c %70 %25 # ? ; : @ % %00 ~ * %c0%af %C1%B0 ..; %3b
  `,
  ...Array.from('\\\t\n \u00e9\x01\x1f\u0170\u012e'),
];
const written = fc.array(fc.constantFrom(...PIECES, '/', '/', '/..', '/.'), { maxLength: 14 });
// A pattern with "$" is evaded by what the origin's parser drops at the end.
const suffixed = fc.constantFrom(...PIECES).map((piece) => ['item/x', piece]);
const target = fc.oneof({ arbitrary: written, weight: 9 }, suffixed).map((pieces) => `/${pieces.join('')}`);
const RUNS = 4000;

for (const compat of [null, 'kong-3'] as const) {
  const profile = compat ?? 'plain';
  const config = { ...CONFIG, ...(compat && { compat }) };
  const follow = forwardingOf(config);
  testProperty(`${profile}: no path leaves the base path of its origin or route`, [target], RUNS, (path) => {
    const sent = follow(path);
    if (sent === null) return true;
    const base = sent.route === 'stripped' ? '/base/inner' : '/base';
    return sent.seen === base || sent.seen.startsWith(`${base}/`);
  });

  const again = forwardingOf({
    ...config,
    routes: CONFIG.routes!.filter(({ stripPath }) => stripPath !== true),
  });
  const title = `${profile}: a path as parsed by the origin matches the same route`;
  testProperty(title, [target], RUNS, (path) => {
    const sent = again(path);
    return sent === null || again(sent.seen.slice('/base'.length) || '/')?.route === sent.route;
  });
}
