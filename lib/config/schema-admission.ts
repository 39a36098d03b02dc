/** What may pass: which programs, addresses, groups and bodies, how much of it, and what single consumers have of their own. */
import {
  asSecret,
  boolean,
  byId,
  defaulted,
  integer,
  listOf,
  nullable,
  object,
  oneOf,
  optional,
  recordOf,
  ref,
  string,
  switchable,
  test,
  transformed,
} from './rows.ts';
import { LINE, CIDR_RANGE, TOKEN } from './patterns.ts';
import { regexFault } from './regex-rows.ts';
import { PERIODS } from '../core/periods.ts';

const searchRegexRow = () => test(string(), 'search-regex', regexFault);

const statusCode = () => integer(400, 599);

/** Settings of single consumers: a feature adds to them what a consumer can have of its own. */
export const consumerSettingsRows = () => ({
  config: {
    /**
     * Settings of single consumers, by id, in place of those of the routes; a route's own `consumerSettings` go before.
     */
    consumerSettings: nullable(byId(ref('consumerSettings'))),
  },
  route: {
    /** Settings of single consumers on this route, by id. */
    consumerSettings: nullable(byId(ref('consumerSettings'))),
  },
});

export const agentsRows = () => ({
  config: {
    /** Which programs may call, by their User-Agent. Default `false`: all. It stops honest robots, and nobody else. */
    agents: nullable(switchable(ref('agents'))),
  },
  route: {
    /** In place of the general one; `false` lets all in. */
    agents: optional(switchable(ref('agents'))),
  },
  agents: {
    /** Regular expressions; a match passes, whatever else is said. */
    allow: defaulted(listOf(searchRegexRow()), []),
    /** Regular expressions; a match is refused with 403. */
    deny: defaulted(listOf(searchRegexRow()), []),
    /** Refuse well-known robots and HTTP libraries. */
    bots: defaulted(boolean(), true),
  },
});

export const addressesRows = () => ({
  config: {
    /** Which addresses may call. Default `false`: all. */
    addresses: nullable(switchable(ref('addresses'))),
  },
  route: {
    /** In place of the general ones; `false` lets all in. */
    addresses: optional(switchable(ref('addresses'))),
  },
  consumerSettings: {
    /** Which addresses the consumer may call from. */
    addresses: nullable(ref('addresses')),
  },
  addresses: {
    /** Addresses and ranges (CIDR); an empty list allows all that are not denied. */
    allow: defaulted(listOf(CIDR_RANGE), []),
    /** Goes before `allow`. */
    deny: defaulted(listOf(CIDR_RANGE), []),
    /** Of a refusal. */
    status: defaulted(statusCode(), 403),
    /** Of a refusal. Default: a text of the gateway's. */
    message: nullable(LINE),
  },
});

export const groupsRows = () => ({
  config: {
    /** Which groups of consumers may call. Default `false`: no group is asked for. */
    groups: nullable(switchable(ref('groups'))),
  },
  route: {
    /** In place of the general ones; `false` asks for none. */
    groups: optional(switchable(ref('groups'))),
  },
  groups: {
    /** Members of one of these may call; an empty list allows all that are not denied. */
    allow: defaulted(listOf(string()), []),
    /** Members of one of these may not. */
    deny: defaulted(listOf(string()), []),
    /** Do not tell the origin in X-Consumer-Groups. */
    hideHeader: defaulted(boolean(), false),
  },
  consumer: {
    /** What `groups` of routes ask for; told to origins as X-Consumer-Groups. */
    groups: optional(listOf(LINE)),
  },
});

export const bodyLimitRows = () => ({
  config: {
    /**
     * The largest request body, in bytes; counted on its way where its length is not said. Default `false`: the
     * platform's.
     */
    maxBodyBytes: nullable(switchable(integer(0, 2 ** 53 - 1))),
    /** Refuse bodies that do not say their length with 411. */
    requireContentLength: defaulted(boolean(), false),
  },
  route: {
    /** In place of the general one; `false` lifts it. */
    maxBodyBytes: optional(switchable(integer(0, 2 ** 53 - 1))),
    /** In place of the general one. */
    requireContentLength: optional(boolean()),
  },
  kong: {
    /** nginx's client_max_body_size, for every route. Default: none. */
    maxBodyBytes: nullable(integer(1, 2 ** 53 - 1)),
  },
  consumerSettings: {
    /** The consumer's largest body. */
    maxBodyBytes: nullable(integer(0, 2 ** 53 - 1)),
  },
});

const costLimit = () =>
  object({
    /** A second. */
    second: nullable(integer(1)),
    /** A minute. */
    minute: nullable(integer(1)),
    /** An hour. */
    hour: nullable(integer(1)),
    /** A day. */
    day: nullable(integer(1)),
    /** A month. */
    month: nullable(integer(1)),
    /** A year. */
    year: nullable(integer(1)),
  });

export const costLimitsRows = () => ({
  config: {
    /** Limits on what answers say they cost. Default `false`: none. Counted per isolate. */
    costLimits: nullable(switchable(ref('costLimits'))),
  },
  route: {
    /** In place of the general ones; `false` lifts them. */
    costLimits: optional(switchable(ref('costLimits'))),
  },
  consumerSettings: {
    /** The consumer's own. */
    costLimits: nullable(ref('costLimits')),
  },
  costLimits: {
    /** The answer's header that says what it cost ("video=2, image=1"); callers do not get it. */
    header: defaulted(TOKEN, 'X-Cost'),
    /** Budgets by name. */
    limits: transformed(recordOf(costLimit(), TOKEN), (limits) =>
      limits.map(([name, limit]) => ({
        name,
        windows: PERIODS.flatMap((period) =>
          limit[period] === null ? [] : [{ period, limit: limit[period] }],
        ),
      })),
    ),
    /** Whose budget it is; without an identity, the caller's address. */
    by: defaulted(oneOf('consumer', 'credential', 'ip'), 'consumer'),
    /** Refuse whoever has used a budget up, without asking the origin. */
    refuseEarly: defaulted(boolean(), false),
    /** Leave X-RateLimit-* out of answers. */
    hideHeaders: defaulted(boolean(), false),
    /** Settings that name the same scope share their counts. Default: where it is written. */
    scope: nullable(string()),
  },
});

export const webhookRows = () => ({
  config: {
    /** Only webhooks that are signed (standardwebhooks.com) may come in. Default `false`. */
    webhook: nullable(switchable(ref('webhook'))),
  },
  route: {
    /** In place of the general one; `false` asks for no signature. */
    webhook: optional(switchable(ref('webhook'))),
  },
  webhook: {
    /** What they are signed with, as it is. HMAC needs the secret itself. */
    secret: asSecret(string()),
    /** How old they may be. */
    toleranceSeconds: defaulted(integer(0), 300),
  },
});
