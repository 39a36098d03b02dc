/** acl, ip-restriction and bot-detection: who may send requests. */
import { routePatternFault } from '../../../lib/core/regex.ts';
import { parseNetwork } from '../../../lib/core/ip.ts';
import { ANY_TEXT, BOOL, TEXT, listOf, whole, type Checked } from '../checks.ts';
import { fromPcre } from '../regex.ts';
import { FAILED } from './entry.ts';
import { carried, to } from './fields.ts';

const LIST = listOf(TEXT);
const LISTS = { allow: LIST, deny: LIST, whitelist: LIST, blacklist: LIST };

/** The lists that are not empty; they had other names before 3.0. */
function listsOf(config: Checked<typeof LISTS>): { allow?: string[]; deny?: string[] } {
  const { allow = config.whitelist ?? [], deny = config.blacklist ?? [] } = config;
  return { ...(allow.length > 0 ? { allow } : {}), ...(deny.length > 0 ? { deny } : {}) };
}

export const ACL = carried('groups', {
  priority: 950,
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
  priority: 990,
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
  priority: 2500,
  why: '`agents`; the list of robots is another one',
  fields: LISTS,
  guards: true,
  more: (config) => {
    const lists = Object.entries(listsOf(config)).map(([name, list]) => [name, list.map(fromPcre)] as const);
    const fault = lists
      .flatMap(([, patterns]) => patterns.map(routePatternFault))
      .find((one) => one !== null);
    return fault
      ? { closed: `a regular expression of it cannot be run safely (${fault})` }
      : Object.fromEntries(lists);
  },
});
