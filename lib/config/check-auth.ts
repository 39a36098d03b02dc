/** What `auth` and `consumers` may be, with their defaults. */
import {
  filled,
  FLAG,
  hidden,
  listOf,
  matching,
  number,
  oneOf,
  or,
  pairsOf,
  POINTER,
  shape,
  TEXT,
  derive,
  TOKEN,
  whole,
} from './validate.ts';
import type { Check } from './validate.ts';
import type { AuthSettings, Consumer } from './types.ts';

const KEY_NAME = matching(/^[\w-]+$/, 'a name of letters, digits, "_" and "-"');
// No part of a key may stand where the host does: a caller would choose who verifies it.
const VERIFIER_URL = matching(
  /^https?:\/\/[^\s/?#{]+([/?]\S*)?$/,
  'an http or https URL, "{key}" not in its host',
);

const checkVerify = shape({
  url: VERIFIER_URL,
  method: or(oneOf('GET', 'POST'), 'GET'),
  keyHeader: or(TOKEN, null),
  headers: or(pairsOf(TOKEN, TEXT), []),
  timeoutMs: or(whole(1, 30_000), 2000),
  field: or(POINTER, null),
  consumer: filled(
    shape({ id: or(POINTER, null), username: or(POINTER, null), customId: or(POINTER, null) }),
  ),
  upstreamHeaders: or(pairsOf(TOKEN, POINTER), []),
});

const SECONDS = number(0, 31_536_000);
const checkAuthRecord = shape({
  keyNames: or(listOf(KEY_NAME, 1), ['apikey']),
  keyIn: or(listOf(oneOf('header', 'query', 'body')), ['header', 'query'] as const),
  hideCredentials: or(FLAG, true),
  anonymous: or(TEXT, null),
  runOnPreflight: or(FLAG, true),
  realm: or(matching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'a text without quotes'), null),
  verify: or(checkVerify, null),
  cache: filled(
    shape({
      ttlSeconds: or(SECONDS, 60),
      negativeTtlSeconds: or(SECONDS, 10),
      staleSeconds: or(SECONDS, 600),
      maxEntries: or(whole(1, 10_000_000), 100_000),
    }),
  ),
});

export const checkAuth: Check<AuthSettings> = derive(checkAuthRecord, (auth) =>
  Object.freeze({
    ...auth,
    verify: auth.verify && {
      ...auth.verify,
      keyHeader: auth.verify.keyHeader ?? (auth.keyNames[0] as string),
    },
  }),
);

const checkConsumerList = listOf(
  shape({
    id: TEXT,
    username: or(TEXT, undefined),
    customId: or(TEXT, undefined),
    credentials: listOf(
      shape({
        id: or(TEXT, undefined),
        sha256: hidden(
          matching(/^[0-9a-f]{64}$/, '64 lower-case hex digits, as npm run hash-key makes them'),
        ),
        ttlSeconds: or(whole(0), undefined),
      }),
    ),
  }),
);

export const checkConsumers: Check<readonly Consumer[]> = derive(
  checkConsumerList,
  (consumers, path, faults) => {
    const owner: Record<string, string> = {};
    const ids = new Set<string>();
    consumers.forEach((consumer, i) => {
      if (ids.has(consumer.id))
        faults.push(`${path}[${i}].id must be unique, received "${consumer.id}" again`);
      ids.add(consumer.id);
      for (const { sha256 } of consumer.credentials) {
        if (owner[sha256])
          faults.push(
            `${path}[${i}].credentials must be unique, received a digest that ${owner[sha256]} has`,
          );
        owner[sha256] = `${path}[${i}]`;
      }
    });
    return consumers as readonly Consumer[];
  },
);
