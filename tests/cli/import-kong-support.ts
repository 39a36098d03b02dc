import type { Config } from '../../lib/config/types.ts';
import { importKong, type ImportOptions } from '../../cli/import-kong/import.ts';

/** What becomes of a Kong configuration without faults. */
export function imported(text: string, options?: ImportOptions): Config {
  const { config, faults } = importKong(text, options);
  if (config === null) throw new Error(faults.join('\n'));
  return config;
}

/** What the importer says, a line each: "closed: jwt (line 3), route users: …". */
export function said(text: string, options?: ImportOptions): string[] {
  const { faults, notes } = importKong(text, options);
  return [
    ...faults.map((fault) => `fault: ${fault}`),
    ...notes.map(({ effect, text: what }) => `${effect}: ${what}`),
  ];
}

/** Which routes answer by themselves, and with which plug-in's name: { users: 'jwt' }. */
export function closedRoutes(config: Config): Record<string, string> {
  return Object.fromEntries(
    (config.routes ?? []).flatMap(({ name, pool, respondWith }) => {
      const message = respondWith ? (respondWith.message ?? '') : '';
      const [, what] = /^closed: (.*) is not carried over$/.exec(message) ?? [];
      return what === undefined ? [] : [[name, pool === undefined ? what : `${what}, and has a pool`]];
    }),
  );
}

/** What the plug-ins of `routed` become: settings at the top, and those of its one route. */
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

/** A file of format 3.0 in flow style, as short as tests like it. */
export const kong = (body: string): string => `{_format_version: "3.0", ${body}}`;
export const service = (body: string, name = 's'): string => `{name: ${name}, host: h.example.com, ${body}}`;
/** A route "a" for everything, and plug-ins for all routes. */
export const routed = (plugins: string, consumers = ''): string =>
  kong(
    `services: [${service('routes: [{name: a, paths: [/]}]')}], plugins: [${plugins}], consumers: [${consumers}]`,
  );
export const ID = '11111111-1111-4111-8111-111111111111';
/** The same for one caller, who is a member of the group gold. */
export const withBob = (plugins: string): string =>
  kong(`services: [${service('routes: [{name: a, paths: [/a]}], plugins: [{name: key-auth}]')}],
    consumers: [{username: bob, id: ${ID}, groups: [{name: gold}]}, {username: eve}],
    consumer_groups: [{name: gold}, {name: iron}], plugins: [${plugins}]`);
