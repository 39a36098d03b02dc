/** Access rules: programs, addresses, groups, body sizes, cost limits, webhooks, and settings of single consumers. */
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

/** Settings of single consumers: features add to them what a consumer can override. */
export const consumerSettingsRows = () => ({
  config: {
    /**
     * Settings of single consumers, by id, which override those of routes; `consumerSettings` of a route override
     * these.
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
    /** Which programs may call, by their User-Agent. Default `false`: all. Stops honest robots only. */
    agents: nullable(switchable(ref('agents'))),
  },
  route: {
    /** Overrides the default; `false` allows all. */
    agents: optional(switchable(ref('agents'))),
  },
  agents: {
    /** Regular expressions; a match passes and overrides `deny` and `bots`. */
    allow: defaulted(listOf(searchRegexRow()), []),
    /** Regular expressions; a match is refused with 403. */
    deny: defaulted(listOf(searchRegexRow()), []),
    /** Also refuse well-known robots and HTTP libraries. */
    bots: defaulted(boolean(), true),
  },
});

export const addressesRows = () => ({
  config: {
    /** Which addresses may call. Default `false`: all. */
    addresses: nullable(switchable(ref('addresses'))),
  },
  route: {
    /** Overrides the default; `false` allows all. */
    addresses: optional(switchable(ref('addresses'))),
  },
  consumerSettings: {
    /** Which addresses the consumer may call from. */
    addresses: nullable(ref('addresses')),
  },
  addresses: {
    /** Addresses and networks (CIDR); an empty list allows all that are not denied. */
    allow: defaulted(listOf(CIDR_RANGE), []),
    /** Addresses and networks (CIDR); checked before `allow`. */
    deny: defaulted(listOf(CIDR_RANGE), []),
    /** Status of a refusal. */
    status: defaulted(statusCode(), 403),
    /** Its message. Default: the gateway's own. */
    message: nullable(LINE),
  },
});

export const groupsRows = () => ({
  config: {
    /** Which groups of consumers may call. Default `false`: groups are not checked. */
    groups: nullable(switchable(ref('groups'))),
  },
  route: {
    /** Overrides the default; `false` checks no groups. */
    groups: optional(switchable(ref('groups'))),
  },
  groups: {
    /** Members of one of these may call; an empty list allows all that are not denied. */
    allow: defaulted(listOf(string()), []),
    /** Members of one of these may not call; checked before `allow`. */
    deny: defaulted(listOf(string()), []),
    /** Do not send X-Consumer-Groups to the origin. */
    hideHeader: defaulted(boolean(), false),
  },
  consumer: {
    /** The consumer's groups; sent to origins as X-Consumer-Groups. */
    groups: optional(listOf(LINE)),
  },
});

export const bodyLimitRows = () => ({
  config: {
    /**
     * The largest request body, in bytes; a body without Content-Length is counted while it streams. Default `false`:
     * the platform's limit.
     */
    maxBodyBytes: nullable(switchable(integer(0, 2 ** 53 - 1))),
    /** Refuse bodies without Content-Length with 411. */
    requireContentLength: defaulted(boolean(), false),
  },
  route: {
    /** Overrides the default; `false` lifts it. */
    maxBodyBytes: optional(switchable(integer(0, 2 ** 53 - 1))),
    /** Overrides the default. */
    requireContentLength: optional(boolean()),
  },
  kong: {
    /** nginx's client_max_body_size, for every route. Default: none. */
    maxBodyBytes: nullable(integer(1, 2 ** 53 - 1)),
  },
  consumerSettings: {
    /** The consumer's largest body. */
    maxBodyBytes: nullable(integer(0, 2 ** 53 - 1)),
    /** Whether the consumer's bodies must have a Content-Length. */
    requireContentLength: nullable(boolean()),
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
    /** Limits on costs that origins report in a response header. Default `false`: none. Counted per isolate. */
    costLimits: nullable(switchable(ref('costLimits'))),
  },
  route: {
    /** Overrides the default; `false` lifts them. */
    costLimits: optional(switchable(ref('costLimits'))),
  },
  consumerSettings: {
    /** The consumer's limits. */
    costLimits: nullable(ref('costLimits')),
  },
  costLimits: {
    /** The response header with the costs ("video=2, image=1"); it is removed from the response. */
    header: defaulted(TOKEN, 'X-Cost'),
    /** Limits by name. */
    limits: transformed(recordOf(costLimit(), TOKEN), (limits) =>
      limits.map(([name, limit]) => ({
        name,
        windows: PERIODS.flatMap((period) =>
          limit[period] === null ? [] : [{ period, limit: limit[period] }],
        ),
      })),
    ),
    /** Who is limited; callers without an identity by their address. */
    by: defaulted(oneOf('consumer', 'credential', 'ip'), 'consumer'),
    /** Refuse callers who have nothing left without asking the origin. */
    refuseEarly: defaulted(boolean(), false),
    /** Send no X-RateLimit-* headers. */
    hideHeaders: defaulted(boolean(), false),
    /** Settings with the same scope share their counters. Default: each has its own. */
    scope: nullable(string()),
  },
});

export const webhookRows = () => ({
  config: {
    /** Require signed webhooks (standardwebhooks.com). Default `false`. */
    webhook: nullable(switchable(ref('webhook'))),
  },
  route: {
    /** Overrides the default; `false` requires no signature. */
    webhook: optional(switchable(ref('webhook'))),
  },
  webhook: {
    /** The signing secret, used as written. HMAC needs the secret itself. */
    secret: asSecret(string()),
    /** How old a webhook may be, in seconds. */
    toleranceSeconds: defaulted(integer(0), 300),
  },
});
