import type { Config } from '../../lib/config/types.ts';
import { importKong, type ImportOptions } from '../../cli/import-kong/import.ts';

/** Imports a valid Kong configuration. */
export function imported(text: string, options?: ImportOptions): Config {
  const { config, faults } = importKong(text, options);
  if (config === null) throw new Error(faults.join('\n'));
  return config;
}

/** The importer's errors and notes, one line each: "closed: jwt (line 3), route users: …". */
export function messagesOf(text: string, options?: ImportOptions): string[] {
  const { faults, notes } = importKong(text, options);
  return [
    ...faults.map((fault) => `fault: ${fault}`),
    ...notes.map(({ effect, text: what }) => `${effect}: ${what}`),
  ];
}

/** Closed routes with the plug-in that closes them: { users: 'jwt' }. */
export function closedRoutes(config: Config): Record<string, string> {
  return Object.fromEntries(
    (config.routes ?? []).flatMap(({ name, pool, respondWith }) => {
      const message = respondWith ? (respondWith.message ?? '') : '';
      const [, what] = /^closed: (.*) is not carried over$/.exec(message) ?? [];
      return what === undefined ? [] : [[name, pool === undefined ? what : `${what}, and has a pool`]];
    }),
  );
}

/** The settings that the plug-ins of `routed` become, at the top level and on its only route. */
export function settingsOf({ routes: [route] = [], cors, ...config }: Config): Record<string, unknown> {
  const { pools: _, consumers: _of, compat: _as, ...top } = config;
  const { responseHeaders: _stamp, serverTiming: _timing, rewriteLocation: _moved, ...settings } = top;
  const {
    id: _id,
    name: _name,
    paths: _paths,
    pool: _pool,
    stripPath: _strip,
    service,
    ...own
  } = route ?? {};
  return { ...settings, ...(cors ? { cors } : {}), ...own, ...(service ? { service: service.name } : {}) };
}

/** A file of format 3.0 in flow style. */
export const kong = (body: string): string => `{_format_version: "3.0", ${body}}`;
export const service = (body: string, name = 's'): string => `{name: ${name}, host: h.example.com, ${body}}`;
/** A catch-all route "a" with global plug-ins. */
export const routed = (plugins: string, consumers = ''): string =>
  kong(
    `services: [${service('routes: [{name: a, paths: [/]}]')}], plugins: [${plugins}], consumers: [${consumers}]`,
  );
export const ID = '11111111-1111-4111-8111-111111111111';
/** A keyed route "a", and the consumer bob, a member of the group gold. */
export const withBob = (plugins: string): string =>
  kong(`services: [${service('routes: [{name: a, paths: [/a]}], plugins: [{name: key-auth}]')}],
    consumers: [{username: bob, id: ${ID}, groups: [{name: gold}]}, {username: eve}],
    consumer_groups: [{name: gold}, {name: iron}], plugins: [${plugins}]`);
