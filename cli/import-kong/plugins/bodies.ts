/** request-size-limiting and standard-webhooks: which bodies are accepted. */
import { BOOL, TEXT, between, oneOf, whole } from '../checks.ts';
import { carried, made, plugIn, to } from './fields.ts';

const UNITS = { bytes: 1, kilobytes: 1024, megabytes: 1_048_576 };

const SIZE_FIELDS = {
  allowed_payload_size: whole(0, 2 ** 31),
  size_unit: oneOf('megabytes', 'kilobytes', 'bytes'),
  require_content_length: BOOL,
};

export const REQUEST_SIZE_LIMITING = plugIn({
  priority: 951,
  why: '`maxBodyBytes`, `requireContentLength`',
  fields: SIZE_FIELDS,
  guards: true,
  consumer: 'consumerSettings',
  map: ({
    allowed_payload_size: size = 128,
    size_unit: unit = 'megabytes',
    require_content_length: length,
  }) => ({
    maxBodyBytes: size * UNITS[unit],
    // Always written: two configurations of a plug-in are never merged.
    requireContentLength: length === true,
  }),
});

export const STANDARD_WEBHOOKS = carried('webhook', {
  priority: 760,
  why: '`webhook`; the secret stands in the configuration',
  fields: {
    secret_v1: to('secret', TEXT),
    tolerance_second: made('toleranceSeconds', between(0, Number.MAX_SAFE_INTEGER), (seconds) =>
      Math.min(Math.floor(seconds), 2 ** 31 - 1),
    ),
  },
  fault: ({ secret_v1: secret }) => (secret === undefined ? 'must have a secret_v1' : null),
  guards: true,
});
