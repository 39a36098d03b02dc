/**
 * request-transformer to `requestTransform`. If a value's `$(…)` is not supported here, the route responds as Kong does
 * when a template fails.
 */
import type { Config, Route } from '../../../lib/config/types.ts';
import { templateFault } from '../../../lib/core/template.ts';
import { TEXT, matching, shape } from '../checks.ts';
import { configOf, FAILED, type Carried, type Place, type Settings } from './entry.ts';
import { operationShape, operationsOf } from './operations.ts';
import type { Row } from '../rows.ts';

type RequestTransform = Exclude<NonNullable<Config['requestTransform']>, false>;

const PARTS = ['headers', 'querystring', 'body'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const carries = operationShape(PARTS);
export const REQUEST_TRANSFORMER: Carried = {
  fate: 'carried',
  priority: 801,
  why: '`requestTransform`; of `$(…)` the forms of docs/traffic.md, others answer 500; Host is not changed',
  config: shape({
    http_method: matching(/^[A-Z]+$/, 'a method in capitals'),
    remove: carries,
    rename: carries,
    replace: operationShape(PARTS, { uri: TEXT }),
    add: carries,
    append: carries,
  }),
  map: mapRequestTransformer,
  consumer: {
    setting: 'consumerSettings',
    map: (plugin, place) => {
      const { requestTransform } = mapRequestTransformer(plugin, place);
      return requestTransform ? { requestTransform } : { closed: 'a value of it cannot be filled in here' };
    },
  },
};

function mapRequestTransformer(plugin: Row, place: Place): Partial<Route> {
  const config = configOf(plugin);
  const { http_method: method } = config;
  const path = (config['replace'] as Settings | undefined)?.['uri'];
  const texts: string[] = typeof path === 'string' ? [path] : [];
  // To Kong an empty text is no value: nothing is added, and an argument or a field that it replaces goes.
  const value = (text: string): string | null => (text === '' ? null : (texts.push(text), text));
  const headers = operationsOf(config, 'headers', (text) => value(text) ?? undefined);
  const query = operationsOf(config, 'querystring', value);
  const body = operationsOf(config, 'body', value);
  const names = [headers, query, body].flatMap((part) => Object.values(part?.rename ?? {}));
  const fault = faultOf(plugin, { texts, names }, typeof path === 'string' ? path : null, method, place);
  if (fault !== null) return { respondWith: FAILED };
  noteHost(plugin, config, place);
  const transform: RequestTransform = {
    ...(typeof method === 'string' ? { method: method as RequestTransform['method'] & string } : {}),
    ...(typeof path === 'string' ? { path } : {}),
    ...(headers ? { headers } : {}),
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
  };
  return { requestTransform: transform };
}

/** Why it cannot run here, also noted in the report; null if it can. */
function faultOf(
  plugin: Row,
  { texts, names }: { readonly texts: readonly string[]; readonly names: readonly string[] },
  path: string | null,
  method: unknown,
  { report, conf }: Place,
): string | null {
  const templates = [...texts, ...names].some((text) => text.includes('$('));
  const fault =
    (templates && conf['untrusted_lua'] === 'off' ? 'untrusted_lua is off, and a value holds $(…)' : null) ??
    texts.map(templateFault).find((one) => one !== null) ??
    (names.some((name) => name.includes('$(')) ? 'a new name holds $(…)' : null) ??
    (path !== null && !/^(\/|\$\()/.test(path) ? 'replace.uri does not begin with "/"' : null) ??
    (typeof method === 'string' && !METHODS.includes(method) ? `${method} cannot be sent` : null);
  if (fault !== null)
    report.note({
      effect: 'closed',
      at: [...plugin.at, 'config'],
      subject: 'request-transformer',
      text: `500, as Kong answers where a template fails: ${fault.replace(/^a string whose /, 'its ')}`,
    });
  return fault;
}

/** Notes operations on Host: a fetch derives it from the URL. */
function noteHost(plugin: Row, config: Settings, { report }: Place): void {
  const names = ['replace', 'rename'].flatMap((operation) => {
    const list = (config[operation] as Settings | undefined)?.['headers'];
    return Array.isArray(list) ? (list as unknown[]).map(String) : [];
  });
  if (names.some((entry) => /^host:|:host$/i.test(entry)))
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config', 'replace', 'headers'],
      subject: 'request-transformer',
      text: 'Host is not replaced: give the origin a `hostHeader`',
    });
}
