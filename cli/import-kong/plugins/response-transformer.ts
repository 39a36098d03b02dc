/** response-transformer to `responseTransform`. */
import { shape } from '../checks.ts';
import { configOf, type OwnSettings, type Carried, type Settings } from './entry.ts';
import { operationShape, operationsOf } from './operations.ts';
import type { Row } from '../rows.ts';

const carries = operationShape(['headers', 'json']);

export const RESPONSE_TRANSFORMER: Carried = {
  fate: 'carried',
  priority: 800,
  why: '`responseTransform`',
  config: shape({ remove: carries, rename: carries, replace: carries, add: carries, append: carries }),
  map: mapResponseTransformer,
  consumer: { setting: 'consumerSettings', map: mapResponseTransformer },
};

function mapResponseTransformer(plugin: Row): OwnSettings {
  const config = configOf(plugin);
  // To Kong an empty text is no value.
  const headers = operationsOf(config, 'headers', (value) => (value === '' ? undefined : value));
  const body = operationsOf<string | number | boolean>(config, 'json', (value, operation, at) => {
    const types = (config[operation] as Settings | undefined)?.['json_types'];
    return typedValue(value, Array.isArray(types) ? types[at] : undefined);
  });
  return { responseTransform: { ...(headers ? { headers } : {}), ...(body ? { body } : {}) } };
}

/**
 * Undefined for an invalid number: Kong skips it. Kong encodes the text as JSON and takes the quotes off again, so that
 * backslashes are doubled; an empty text is Lua's nil, which becomes the text "null".
 */
function typedValue(value: string, type: unknown): string | number | boolean | undefined {
  const text = value === '' ? 'null' : JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
  if (type === 'boolean') return text === 'true';
  if (type !== 'number') return text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? undefined : number;
}
