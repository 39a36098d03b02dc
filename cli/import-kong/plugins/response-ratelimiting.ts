/** response-ratelimiting to `costLimits`. */
import { PERIODS } from '../../../lib/core/periods.ts';
import type { Config } from '../../../lib/config/types.ts';
import { ANYTHING, BOOL, TEXT, mapOf, oneOf, shape } from '../checks.ts';
import { configOf, type OwnSettings, type Carried, type Place, type Settings } from './entry.ts';
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
  fault: (config) => {
    const limits = limitsOf(config);
    const has = limits.length > 0 && limits.every(([, windows]) => windows.length > 0);
    return has ? null : 'must have limits, each of them for a period';
  },
  atTop: true,
  guards: true,
  map: mapCosts,
  consumer: { setting: 'consumerSettings', map: mapCosts },
};

/** An export of Kong's names every period, those without a limit as null. */
function limitsOf({ limits }: Settings): [name: string, windows: [period: string, limit: number][]][] {
  return Object.entries((limits ?? {}) as Record<string, Record<string, number | null> | null>).map(
    ([name, windows]) => [
      name,
      Object.entries(windows ?? {}).filter((pair): pair is [string, number] => pair[1] !== null),
    ],
  );
}

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
  const limits = limitsOf(config).map(([name, windows]) => [
    name,
    Object.fromEntries(windows.map(([period, limit]) => [period, Math.max(1, Math.floor(limit))])),
  ]);
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
