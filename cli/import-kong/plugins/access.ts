/** acl, ip-restriction and bot-detection: who may send requests. */
import { routePatternFault } from '../../../lib/core/regex.ts';
import { parseNetwork } from '../../../lib/core/ip.ts';
import { ANY_TEXT, BOOL, TEXT, listOf, shape, whole } from '../checks.ts';
import { configOf, FAILED, type OwnSettings, type Carried, type Closed, type Settings } from './entry.ts';
import { fromPcre } from '../regex.ts';
import type { Row } from '../rows.ts';

/** The lists had other names before 3.0. */
function listIn(config: Settings, name: string, former: string): string[] {
  const list = config[name] ?? config[former];
  return Array.isArray(list) ? (list as unknown[]).map(String) : [];
}
const lists = { allow: listOf(TEXT), deny: listOf(TEXT), whitelist: listOf(TEXT), blacklist: listOf(TEXT) };

export const ACL: Carried = {
  fate: 'carried',
  priority: 950,
  why: '`groups`; `acls` become `groups` of consumers',
  config: shape({
    ...lists,
    hide_groups_header: BOOL,
    always_use_authenticated_groups: BOOL,
    include_consumer_groups: BOOL,
  }),
  fault: (config) => {
    const [allow, deny] = [listIn(config, 'allow', 'whitelist'), listIn(config, 'deny', 'blacklist')];
    return allow.length > 0 === deny.length > 0 ? 'must have exactly one of allow and deny' : null;
  },
  atTop: true,
  guards: true,
  map: (plugin) => {
    const config = configOf(plugin);
    if (config['include_consumer_groups'] === true)
      return { closed: 'consumer groups are not carried over, and its lists may name them' };
    const [allow, deny] = [listIn(config, 'allow', 'whitelist'), listIn(config, 'deny', 'blacklist')];
    return {
      groups: {
        ...(allow.length > 0 ? { allow } : { deny }),
        ...(config['hide_groups_header'] === true ? { hideHeader: true } : {}),
      },
    };
  },
};

export const IP_RESTRICTION: Carried = {
  fate: 'carried',
  priority: 990,
  why: '`addresses`',
  config: shape({ ...lists, status: whole(100, 599), message: ANY_TEXT }),
  fault: (config) =>
    listIn(config, 'allow', 'whitelist').length + listIn(config, 'deny', 'blacklist').length === 0
      ? 'must have at least one of allow and deny'
      : null,
  atTop: true,
  guards: true,
  map: mapAddresses,
  consumer: { setting: 'consumerSettings', map: mapAddresses },
};

function mapAddresses(plugin: Row): OwnSettings | Closed {
  const config = configOf(plugin);
  const [allow, deny] = [listIn(config, 'allow', 'whitelist'), listIn(config, 'deny', 'blacklist')];
  const bad = [...allow, ...deny].find((text) => parseNetwork(text) === null);
  if (bad !== undefined) return { closed: `${bad} is neither an address nor a range` };
  const { status, message } = config;
  // Kong fails if the status is not an error.
  const fails = typeof status === 'number' && status < 400;
  return {
    addresses: {
      ...(allow.length > 0 ? { allow } : {}),
      ...(deny.length > 0 ? { deny } : {}),
      ...(fails ? FAILED : {}),
      ...(!fails && typeof status === 'number' && status !== 403 ? { status } : {}),
      ...(!fails && typeof message === 'string' && message !== '' ? { message } : {}),
    },
  };
}

export const BOT_DETECTION: Carried = {
  fate: 'carried',
  priority: 2500,
  why: '`agents`; the list of robots is another one',
  config: shape(lists),
  atTop: true,
  guards: true,
  map: (plugin) => {
    const config = configOf(plugin);
    const [allow, deny] = [
      listIn(config, 'allow', 'whitelist').map(fromPcre),
      listIn(config, 'deny', 'blacklist').map(fromPcre),
    ];
    const fault = [...allow, ...deny].map(routePatternFault).find((one) => one !== null);
    if (fault) return { closed: `a regular expression of it cannot be run safely (${fault})` };
    return { agents: { ...(allow.length > 0 ? { allow } : {}), ...(deny.length > 0 ? { deny } : {}) } };
  },
};
