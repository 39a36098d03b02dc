/**
 * request-transformer to `requestTransform`, response-transformer to `responseTransform`. If a `$(…)` of a request is
 * not supported here, the route responds as Kong does when a template fails.
 */
import { templateFault } from '../../../lib/core/template.ts';
import { TEXT, compact, matching } from '../checks.ts';
import { FAILED } from './entry.ts';
import { carried, plugIn } from './fields.ts';
import { listIn, operationFields, operationsOf } from './operations.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const REQUEST_TRANSFORMER = plugIn({
  why: '`requestTransform`; `$(…)` in the forms of docs/traffic.md, others answer 500; Host is not changed',
  fields: {
    http_method: matching(/^[A-Z]+$/, 'an upper-case method'),
    ...operationFields(['headers', 'querystring', 'body'], { uri: TEXT }),
  },
  consumer: 'consumerSettings',
  map: (config, { report }, { conf }) => {
    const path = config.replace?.['uri'] as string | undefined;
    const method = METHODS.find((one) => one === config.http_method);
    const texts = path === undefined ? [] : [path];
    // To Kong an empty string is no value: it is not added, and removes the argument or field that it replaces.
    const value = (text: string): string | null => (text === '' ? null : (texts.push(text), text));
    const headers = operationsOf(config, 'headers', (text) => value(text) ?? undefined);
    const query = operationsOf(config, 'querystring', value);
    const body = operationsOf(config, 'body', value);
    const names = [headers, query, body].flatMap((part) => Object.values(part.rename ?? {}));
    const isTemplate = (text: string): boolean => text.includes('$(');
    const faults = [
      conf['untrusted_lua'] === 'off' && [...texts, ...names].some(isTemplate)
        ? 'untrusted_lua is off, and a value holds $(…)'
        : null,
      ...texts.map(templateFault),
      names.some(isTemplate) ? 'a new name holds $(…)' : null,
      path !== undefined && !/^(\/|\$\()/.test(path) ? 'replace.uri does not begin with "/"' : null,
      method === config.http_method ? null : `${config.http_method} cannot be sent`,
    ];
    const fault = faults.find((one) => one !== null);
    if (fault) {
      const why = fault.replace(/^a string whose /, 'its ');
      const text = `500, as in Kong if a template fails: ${why}`;
      report.at('config').note('closed', text, 'request-transformer');
      return { respondWith: FAILED };
    }
    // A fetch derives Host from the URL.
    const renamed = [...listIn(config, 'replace', 'headers'), ...listIn(config, 'rename', 'headers')];
    if (renamed.some((entry) => /^host:|:host$/i.test(String(entry)))) {
      const text = 'Host is not replaced: set `hostHeader` on the origin';
      report.at('config', 'replace', 'headers').note('lost', text, 'request-transformer');
    }
    return { requestTransform: compact({ method, path, headers, query, body }) };
  },
});

export const RESPONSE_TRANSFORMER = carried('responseTransform', {
  why: '`responseTransform`',
  fields: operationFields(['headers', 'json']),
  consumer: 'consumerSettings',
  more: (config) => {
    // To Kong an empty string is no value.
    const headers = operationsOf(config, 'headers', (value) => (value === '' ? undefined : value));
    const body = operationsOf(config, 'json', (value, operation, at) =>
      typedValue(value, listIn(config, operation, 'json_types')[at]),
    );
    return compact({ headers, body });
  },
});

/**
 * Undefined for an invalid number: Kong skips it. Kong encodes the string as JSON and strips the quotes, so that
 * backslashes are doubled; an empty string is Lua's nil, which becomes "null".
 */
function typedValue(value: string, type: unknown): string | number | boolean | undefined {
  const text = value === '' ? 'null' : JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
  if (type === 'boolean') return text === 'true';
  if (type !== 'number') return text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? undefined : number;
}
