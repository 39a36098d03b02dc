/** response-transformer to `responseTransform`. */
import { carried } from './fields.ts';
import { listIn, operationFields, operationsOf } from './operations.ts';

export const RESPONSE_TRANSFORMER = carried('responseTransform', {
  priority: 800,
  why: '`responseTransform`',
  fields: operationFields(['headers', 'json']),
  consumer: 'consumerSettings',
  more: (config) => {
    // To Kong an empty text is no value.
    const headers = operationsOf(config, 'headers', (value) => (value === '' ? undefined : value));
    const body = operationsOf(config, 'json', (value, operation, at) =>
      typedValue(value, listIn(config, operation, 'json_types')[at]),
    );
    return { ...(headers ? { headers } : {}), ...(body ? { body } : {}) };
  },
});

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
