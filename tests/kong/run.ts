/** Runs many cases concurrently. */
import type { KongCase } from './case.ts';
import { openStage, playCase, stageKey } from './play.ts';
import type { Result } from './score.ts';

/** Gateways that are started at once, so that they share processes. */
const AT_ONCE = 96;

/** Runs the cases, many gateways at once; results are in the order of the cases. */
export async function playAll(list: readonly KongCase[]): Promise<Result[]> {
  const groups = [...Map.groupBy(list, stageKey).values()];
  // The slowest together.
  groups.sort((a, b) => slowness(b) - slowness(a));
  const found = new Map<KongCase, readonly string[]>();
  while (groups.length > 0)
    await Promise.all(groups.splice(0, AT_ONCE).map((group) => playGroup(group, found)));
  return list.map((one) => ({ one, differences: found.get(one)! }));
}

/** Cases that share a gateway. */
async function playGroup(group: readonly KongCase[], found: Map<KongCase, readonly string[]>): Promise<void> {
  try {
    const stage = await openStage(group[0]!);
    for (const one of group)
      found.set(one, await playCase(one, stage).catch((error: unknown) => [String(error)]));
    await stage.close();
  } catch (error) {
    for (const one of group) found.set(one, [String(error)]);
  }
}

function slowness(group: readonly KongCase[]): number {
  const text = JSON.stringify(group.map(({ config, request }) => [config.x_mock, request]));
  return (/hang|timeout|delay|rtt/.test(text) ? 1 : 0) + Number(/"waitSeconds":(\d+)/.exec(text)?.[1] ?? 0);
}
