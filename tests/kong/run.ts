/** Many cases at once. */
import type { KongCase } from './case.ts';
import { closeStage, openStage, playCase, stageKey } from './play.ts';
import type { Result } from './score.ts';

/** Most of the time is waiting: for workerd to start, for timeouts that are played. */
const AT_ONCE = 6;

async function playGroup(group: readonly KongCase[]): Promise<Result[]> {
  const results: Result[] = [];
  let stage;
  try {
    stage = await openStage(group[0]!);
    for (const one of group) results.push({ one, differences: await playCase(one, stage) });
  } catch (error) {
    for (const one of group.slice(results.length)) results.push({ one, differences: [String(error)] });
  } finally {
    if (stage) await closeStage(stage);
  }
  return results;
}

/** Plays the cases, several gateways at once; results in the cases' order. */
export async function playAll(list: readonly KongCase[]): Promise<Result[]> {
  const groups = [...Map.groupBy(list, stageKey).values()];
  // Those that wait longest begin first.
  groups.sort((a, b) => slowness(b) - slowness(a));
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift())
      results.push(...(await playGroup(group)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return list.map((one) => results.find((result) => result.one === one)!);
}

function slowness(group: readonly KongCase[]): number {
  const text = JSON.stringify(group.map(({ config, request }) => [config.x_mock, request]));
  return (/hang|timeout|delay|rtt/.test(text) ? 1 : 0) + Number(/"waitSeconds":(\d+)/.exec(text)?.[1] ?? 0);
}
