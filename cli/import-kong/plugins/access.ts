/** acl, ip-restriction, bot-detection, request-size-limiting and standard-webhooks: which requests are accepted. */
import { routePatternFault } from '../../../lib/core/regex.ts';
import { parseNetwork } from '../../../lib/core/ip.ts';
import { ANY_TEXT, BOOL, TEXT, between, compact, listOf, oneOf, whole, type Checked } from '../checks.ts';
import { fromPcre } from '../regex.ts';
import { FAILED } from './entry.ts';
import { carried, made, plugIn, to } from './fields.ts';

const LIST = listOf(TEXT);
const LISTS = { allow: LIST, deny: LIST, whitelist: LIST, blacklist: LIST };

/** The lists that are not empty; they had other names before 3.0. */
function listsOf(config: Checked<typeof LISTS>): { allow?: string[]; deny?: string[] } {
  const { allow = config.whitelist ?? [], deny = config.blacklist ?? [] } = config;
  return compact({ allow, deny });
}

export const ACL = carried('groups', {
  why: '`groups`; `acls` become `groups` of consumers',
  fields: {
    ...LISTS,
    hide_groups_header: to('hideHeader', BOOL, false),
    always_use_authenticated_groups: BOOL,
    include_consumer_groups: BOOL,
  },
  fault: (config) =>
    Object.keys(listsOf(config)).length === 1 ? null : 'must have exactly one of allow and deny',
  guards: true,
  more: (config) =>
    config.include_consumer_groups === true
      ? { closed: 'consumer groups are not carried over, and its lists may name them' }
      : listsOf(config),
});

export const IP_RESTRICTION = carried('addresses', {
  why: '`addresses`',
  fields: { ...LISTS, status: to('status', whole(100, 599), 403), message: to('message', ANY_TEXT) },
  fault: (config) =>
    Object.keys(listsOf(config)).length > 0 ? null : 'must have at least one of allow and deny',
  guards: true,
  consumer: 'consumerSettings',
  more: (config) => {
    const { allow = [], deny = [] } = listsOf(config);
    const bad = [...allow, ...deny].find((text) => parseNetwork(text) === null);
    if (bad !== undefined) return { closed: `${bad} is neither an address nor a range` };
    // Kong fails if the status is not an error.
    return { ...listsOf(config), ...((config.status ?? 403) < 400 ? FAILED : {}) };
  },
});

export const BOT_DETECTION = carried('agents', {
  why: '`agents`; the built-in list of robots differs',
  fields: LISTS,
  guards: true,
  more: (config) => {
    const lists = Object.entries(listsOf(config)).map(([name, list]) => [name, list.map(fromPcre)] as const);
    const fault = lists
      .flatMap(([, patterns]) => patterns.map(routePatternFault))
      .find((one) => one !== null);
    return fault
      ? { closed: `one of its regular expressions cannot be run safely (${fault})` }
      : Object.fromEntries(lists);
  },
});

const UNITS = { bytes: 1, kilobytes: 1024, megabytes: 1_048_576 };

export const REQUEST_SIZE_LIMITING = plugIn({
  why: '`maxBodyBytes`, `requireContentLength`',
  fields: {
    allowed_payload_size: whole(0, 2 ** 31),
    size_unit: oneOf('megabytes', 'kilobytes', 'bytes'),
    require_content_length: BOOL,
  },
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
  why: '`webhook`; the secret is in the configuration',
  fields: {
    secret_v1: to('secret', TEXT),
    tolerance_second: made('toleranceSeconds', between(0, Number.MAX_SAFE_INTEGER), (seconds) =>
      Math.min(Math.floor(seconds), 2 ** 31 - 1),
    ),
  },
  fault: ({ secret_v1: secret }) => (secret === undefined ? 'must have a secret_v1' : null),
  guards: true,
});
