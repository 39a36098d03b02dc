/** Health checks of an upstream: what ejects a target, and what restores it. */
import { type Health, type Pool } from '../../lib/config/types.ts';
import { type Report } from './report.ts';
import { type Row } from './rows.ts';

type Table = Readonly<Record<string, unknown>>;
const EMPTY: Table = {};

/**
 * Passive checks become ejection, active ones checks that run with requests. One intended difference: an ejected target
 * gets a trial request after `ejectSeconds`, while Kong waits for an active check or an operator.
 */
export function mapHealth(upstream: Row, report: Report): Pick<Pool, 'outlier' | 'health' | 'threshold'> {
  const checks = (upstream.fields['healthchecks'] ?? EMPTY) as Table;
  const at = [...upstream.at, 'healthchecks'];
  const threshold = Number(checks['threshold'] ?? 0);
  const health = mapActive((checks['active'] ?? EMPTY) as Table, [...at, 'active'], report);
  const outlier = mapPassive((checks['passive'] ?? EMPTY) as Table);
  // Even at 0 percent: if all targets are unhealthy, Kong rejects requests.
  const refuses = health !== null || outlier !== false || threshold > 0;
  return { outlier, ...(health ? { health } : {}), ...(refuses ? { threshold } : {}) };
}

function mapPassive(passive: Table): NonNullable<Pool['outlier']> | false {
  const bad = (passive['unhealthy'] ?? EMPTY) as Table;
  const good = (passive['healthy'] ?? EMPTY) as Table;
  const failures = Number(bad['http_failures'] ?? 0);
  const lost = Number(bad['tcp_failures'] ?? 0);
  const late = Number(bad['timeouts'] ?? 0);
  // Statuses below 400 come from a working server, whatever the file says.
  const statuses = ((bad['http_statuses'] ?? [429, 500, 503]) as number[]).filter(
    (status) => status >= 400 && status <= 599,
  );
  const on: ('unreachable' | 'timeout' | number)[] = failures > 0 ? [...statuses] : [];
  if (lost > 0) on.push('unreachable');
  if (late > 0) on.push('timeout');
  if (on.length === 0) return false;
  const cumulative = Number(good['successes'] ?? 0) === 0;
  const most = failures > 0 ? failures : Math.max(lost, late);
  return {
    consecutiveFailures: most,
    ...(lost > 0 && lost !== most ? { unreachableFailures: lost } : {}),
    ...(late > 0 && late !== most ? { timeoutFailures: late } : {}),
    ejectSeconds: EJECT_SECONDS,
    maxEjectSeconds: MAX_EJECT_SECONDS,
    on,
    ...(cumulative ? { cumulative } : {}),
  };
}
const EJECT_SECONDS = 60;
const MAX_EJECT_SECONDS = 600;

function mapActive(active: Table, at: readonly (string | number)[], report: Report): Health | null {
  const good = (active['healthy'] ?? EMPTY) as Table;
  const bad = (active['unhealthy'] ?? EMPTY) as Table;
  const intervals = [good['interval'], bad['interval']].map(Number).filter((seconds) => seconds > 0);
  if (intervals.length === 0) return null;
  const type = active['type'] ?? 'http';
  if (type !== 'http' && type !== 'https') {
    report.note({
      effect: 'lost',
      at,
      text: `no active checks of type ${String(type)}: a target is judged by its answers alone`,
    });
    return null;
  }
  const unhealthy = [bad['http_failures'], bad['tcp_failures'], bad['timeouts']]
    .map(Number)
    .filter((count) => count > 0);
  return {
    path: String(active['http_path'] ?? '/'),
    intervalSeconds: Math.max(0.1, Math.min(...intervals)),
    timeoutMs: Math.max(1, Math.round(Number(active['timeout'] ?? 1) * 1000)),
    statuses: (good['http_statuses'] ?? [200, 302]) as number[],
    badStatuses: (bad['http_statuses'] ?? [429, 404, 500, 501, 502, 503, 504, 505]) as number[],
    healthyAfter: Math.max(1, Number(good['successes'] ?? 1)),
    unhealthyAfter: unhealthy.length === 0 ? 255 : Math.min(...unhealthy),
  };
}
