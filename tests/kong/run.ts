/** Runs many cases concurrently. */
import type { KongCase } from './case.ts';
import { openStage, playCase, stageKey } from './play.ts';
import type { Result } from './score.ts';

/** Gateways in use at once: much of the time is waiting, and they share processes. */
const AT_ONCE = 32;

/** Runs the cases, several gateways at once; results are in the order of the cases. */
export async function playAll(list: readonly KongCase[]): Promise<Result[]> {
  const groups = [...Map.groupBy(list, stageKey).values()];
  // The slowest start first.
  groups.sort((a, b) => slowness(b) - slowness(a));
  const found = new Map<KongCase, readonly string[]>();
  const next = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift())
      await playGroup(group, found).catch((error: unknown) => {
        for (const one of group ?? []) found.set(one, [String(error)]);
      });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return list.map((one) => ({ one, differences: found.get(one)! }));
}

/** Cases that share a gateway. */
async function playGroup(group: readonly KongCase[], found: Map<KongCase, readonly string[]>): Promise<void> {
  const stage = await openStage(group[0]!);
  for (const one of group) {
    const differences = await playCase(one, stage).catch((error: unknown) => [String(error)]);
    found.set(one, differences);
  }
  await stage.close();
}

function slowness(group: readonly KongCase[]): number {
  const text = JSON.stringify(group.map(({ config, request }) => [config.x_mock, request]));
  return (/hang|timeout|delay|rtt/.test(text) ? 1 : 0) + Number(/"waitSeconds":(\d+)/.exec(text)?.[1] ?? 0);
}
