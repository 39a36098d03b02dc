/** cors to `cors`. */
import type { Cors } from '../../../lib/config/types.ts';
import { routePatternFault } from '../../../lib/core/regex.ts';
import { BOOL, TEXT, between, listOf, oneOf, shape } from '../checks.ts';
import { configOf, type Carried, type Place } from './entry.ts';
import { fromPcre } from '../regex.ts';
import type { Report } from '../report.ts';
import type { Row } from '../rows.ts';

const METHODS_3 = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];
const METHODS_2018 = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'];

export const CORS: Carried = {
  fate: 'carried',
  priority: 2000,
  why: '`cors`; preflights are answered before any key is asked for',
  config: shape({
    origins: listOf(TEXT),
    methods: listOf(oneOf(...METHODS_3)),
    headers: listOf(TEXT),
    exposed_headers: listOf(TEXT),
    credentials: BOOL,
    max_age: between(-Number.MAX_VALUE, Number.MAX_VALUE),
    preflight_continue: BOOL,
    private_network: BOOL,
    allow_origin_absent: BOOL,
  }),
  map: (plugin, place) => ({ cors: mapCors(plugin, place) }),
  atTop: true,
};

/** The list of methods is always written: the default changed in 1.3. */
function mapCors(plugin: Row, { of2018, report }: Place): Cors {
  const config = configOf(plugin);
  const list = (name: string): string[] | null =>
    Array.isArray(config[name]) && config[name].length > 0 ? (config[name] as string[]) : null;
  const origins = runnableOrigins(plugin, list('origins')?.map(patternEntry) ?? null, report);
  const headers = list('headers');
  const exposedHeaders = list('exposed_headers');
  return {
    ...(origins ? { origins } : {}),
    methods: list('methods') ?? (of2018 ? METHODS_2018 : METHODS_3),
    ...(headers ? { headers } : {}),
    ...(exposedHeaders ? { exposedHeaders } : {}),
    ...(config['credentials'] === true ? { credentials: true } : {}),
    ...(typeof config['max_age'] === 'number' ? { maxAge: Math.max(-1, Math.round(config['max_age'])) } : {}),
    ...(config['preflight_continue'] === true ? { preflightContinue: true } : {}),
    ...(config['private_network'] === true ? { privateNetwork: true } : {}),
    ...(config['allow_origin_absent'] === false ? { allowOriginAbsent: false } : {}),
  };
}

/** A colon decides what a pattern is compared with, so translation must neither add nor remove one. */
function patternEntry(entry: string): string {
  const translated = entry === '*' ? entry : fromPcre(entry);
  return translated.includes(':') === entry.includes(':') ? translated : entry;
}

/** Entries with supported regular expressions. An empty result must not mean "any": then no origin is allowed. */
function runnableOrigins(plugin: Row, origins: readonly string[] | null, report: Report): string[] | null {
  const left = origins?.filter((origin, index) => {
    const fault = /^(\*|[A-Za-z0-9.:/-]+)$/.test(origin) ? null : routePatternFault(origin);
    if (fault !== null)
      report.note({
        effect: 'closed',
        at: [...plugin.at, 'config', 'origins', index],
        text: `the regular expression cannot be run safely here (${fault}): such origins may not read answers`,
      });
    return fault === null;
  });
  return left?.length === 0 && origins?.length !== 0 ? ['https://nobody.invalid'] : (left ?? null);
}
