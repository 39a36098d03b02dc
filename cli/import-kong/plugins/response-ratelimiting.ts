/** response-ratelimiting to `costLimits`. */
import { PERIODS } from '../../../lib/core/periods.ts';
import type { Config } from '../../../lib/config/types.ts';
import { ANYTHING, BOOL, TEXT, mapOf, oneOf, shape } from '../checks.ts';
import { configOf, type OwnSettings, type Carried, type Place } from './entry.ts';
import { COUNT, OLD_REDIS } from './rate-limiting.ts';
import { label } from './scopes.ts';
import type { Row } from '../rows.ts';

type CostLimits = Exclude<NonNullable<Config['costLimits']>, false>;

export const RESPONSE_RATELIMITING: Carried = {
  fate: 'carried',
  priority: 900,
  why: '`costLimits`; each isolate counts for itself',
  config: shape({
    limits: mapOf(shape(Object.fromEntries(PERIODS.map((period) => [period, COUNT])))),
    header_name: TEXT,
    limit_by: oneOf('consumer', 'credential', 'ip'),
    policy: oneOf('local', 'cluster', 'redis'),
    block_on_first_violation: BOOL,
    hide_client_headers: BOOL,
    fault_tolerant: BOOL,
    redis: ANYTHING,
    ...OLD_REDIS,
  }),
  fault: ({ limits }) =>
    Object.keys((limits as object | undefined) ?? {}).length > 0 ? null : 'must have limits',
  atTop: true,
  guards: true,
  map: mapCosts,
  consumer: { setting: 'consumerSettings', map: mapCosts },
};

function mapCosts(plugin: Row, { report }: Place): OwnSettings {
  const config = configOf(plugin);
  const { header_name: header, limit_by: by, policy } = config;
  if (policy === 'cluster' || policy === 'redis')
    report.note({
      effect: 'lost',
      at: [...plugin.at, 'config', 'policy'],
      subject: 'response-ratelimiting',
      text: 'counters are not shared: each isolate counts for itself',
    });
  const limits = Object.entries(config['limits'] as Record<string, Record<string, number>>).map(
    ([name, windows]) => [
      name,
      Object.fromEntries(
        Object.entries(windows).map(([period, limit]) => [period, Math.max(1, Math.floor(limit))]),
      ),
    ],
  );
  const { route, service } = plugin.links;
  const scope = [route && `route ${label(route)}`, service && `service ${label(service)}`].filter(Boolean);
  const costLimits: CostLimits = {
    header: typeof header === 'string' ? header : 'x-kong-limit',
    limits: Object.fromEntries(limits) as CostLimits['limits'],
    ...(by === 'credential' || by === 'ip' ? { by } : {}),
    ...(config['block_on_first_violation'] === true ? { refuseEarly: true } : {}),
    ...(config['hide_client_headers'] === true ? { hideHeaders: true } : {}),
    scope: scope.length === 0 ? 'global' : scope.join(', '),
  };
  return { costLimits };
}
