/** cors to `cors`. */
import { BOOL, TEXT, between, listOf, oneOf } from '../checks.ts';
import { fromPcre, patternFault } from '../regex.ts';
import type { PluginRow } from './entry.ts';
import { carried, made, to } from './fields.ts';

const METHODS_2018 = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'];
const METHODS_3 = [...METHODS_2018, 'OPTIONS', 'TRACE', 'CONNECT'];

export const CORS = carried('cors', {
  why: '`cors`; preflights are answered before keys are checked',
  fields: {
    origins: listOf(TEXT),
    methods: to('methods', listOf(oneOf(...METHODS_3))),
    headers: to('headers', listOf(TEXT)),
    exposed_headers: to('exposedHeaders', listOf(TEXT)),
    credentials: to('credentials', BOOL, false),
    max_age: made('maxAge', between(-Number.MAX_VALUE, Number.MAX_VALUE), (seconds) =>
      Math.max(-1, Math.round(seconds)),
    ),
    preflight_continue: to('preflightContinue', BOOL, false),
    private_network: to('privateNetwork', BOOL, false),
    allow_origin_absent: to('allowOriginAbsent', BOOL, true),
  },
  more: ({ origins = [], methods = [] }, plugin, { of2018 }) => ({
    ...(origins.length > 0 ? { origins: runnableOrigins(plugin, origins.map(patternEntry)) } : {}),
    // Always written: the default changed in 1.3.
    ...(methods.length > 0 ? {} : { methods: of2018 ? METHODS_2018 : METHODS_3 }),
  }),
});

/** A colon decides what a pattern is compared with, so translation must neither add nor remove one. */
function patternEntry(entry: string): string {
  const translated = entry === '*' ? entry : fromPcre(entry);
  return translated.includes(':') === entry.includes(':') ? translated : entry;
}

/** Entries with supported regular expressions. An empty result must not mean "any": then no origin is allowed. */
function runnableOrigins({ report }: PluginRow, origins: readonly string[]): string[] {
  const left = origins.filter((origin, index) => {
    const fault = /^(\*|[A-Za-z0-9.:/-]+)$/.test(origin) ? null : patternFault(origin);
    if (fault === null) return true;
    report.at('config', 'origins', index).note('closed', `${fault}: such origins are not allowed`);
    return false;
  });
  return left.length === 0 ? ['https://nobody.invalid'] : left;
}
