/** Health checks of an upstream: what ejects a target, and what restores it. */
import type { Health, Pool } from '../../lib/config/types.ts';
import type { Report } from './report.ts';
import type { Row } from './rows.ts';
import type { FieldsOf } from './schema.ts';

type Checks = NonNullable<FieldsOf<'upstreams'>['healthchecks']>;
type Active = NonNullable<Checks['active']>;
type Passive = NonNullable<Checks['passive']>;

/**
 * Passive checks become ejection, active ones checks that run with requests. One intended difference: an ejected target
 * gets a trial request after `ejectSeconds`, while Kong waits for an active check or an operator.
 */
export function mapHealth({
  report,
  fields,
}: Row<'upstreams'>): Pick<Pool, 'outlier' | 'health' | 'threshold'> {
  const { active, passive, threshold } = fields.healthchecks ?? {};
  const health = mapActive(active ?? {}, report.at('healthchecks', 'active'));
  const outlier = mapPassive(passive ?? {});
  // Even at 0 percent: if all targets are unhealthy, Kong rejects requests.
  const refuses = health !== null || outlier !== false || (threshold ?? 0) > 0;
  return { outlier, ...(health ? { health } : {}), ...(refuses ? { threshold: threshold ?? 0 } : {}) };
}

const EJECT_SECONDS = 60;
const MAX_EJECT_SECONDS = 600;

function mapPassive({ healthy, unhealthy }: Passive): NonNullable<Pool['outlier']> | false {
  const failures = unhealthy?.http_failures ?? 0;
  const lost = unhealthy?.tcp_failures ?? 0;
  const late = unhealthy?.timeouts ?? 0;
  if (failures + lost + late === 0) return false;
  // Statuses below 400 come from a working server, whatever the file says.
  const statuses = (unhealthy?.http_statuses ?? [429, 500, 503]).filter(
    (status) => status >= 400 && status <= 599,
  );
  const most = failures > 0 ? failures : Math.max(lost, late);
  return {
    consecutiveFailures: most,
    ...(lost > 0 && lost !== most ? { unreachableFailures: lost } : {}),
    ...(late > 0 && late !== most ? { timeoutFailures: late } : {}),
    ejectSeconds: EJECT_SECONDS,
    maxEjectSeconds: MAX_EJECT_SECONDS,
    on: [
      ...(failures > 0 ? statuses : []),
      ...(lost > 0 ? (['unreachable'] as const) : []),
      ...(late > 0 ? (['timeout'] as const) : []),
    ],
    ...((healthy?.successes ?? 0) === 0 ? { cumulative: true } : {}),
  };
}

function mapActive({ type, healthy, unhealthy, ...more }: Active, report: Report): Health | null {
  const intervals = [healthy?.interval ?? 0, unhealthy?.interval ?? 0].filter((seconds) => seconds > 0);
  if (intervals.length === 0) return null;
  if (type && type !== 'http' && type !== 'https') {
    report.note('lost', `no active checks of type ${type}: a target is judged only by its responses`);
    return null;
  }
  const { http_failures: failures = 0, tcp_failures: lost = 0, timeouts: late = 0 } = unhealthy ?? {};
  const counts = [failures, lost, late].filter((count) => count > 0);
  return {
    path: more.http_path ?? '/',
    intervalSeconds: Math.max(0.1, Math.min(...intervals)),
    timeoutMs: Math.max(1, Math.round((more.timeout ?? 1) * 1000)),
    statuses: healthy?.http_statuses ?? [200, 302],
    badStatuses: unhealthy?.http_statuses ?? [429, 404, 500, 501, 502, 503, 504, 505],
    healthyAfter: Math.max(1, healthy?.successes ?? 1),
    unhealthyAfter: counts.length === 0 ? 255 : Math.min(...counts),
  };
}
