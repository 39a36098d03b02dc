/** Runs many cases concurrently. */
import type { KongCase } from './case.ts';
import { closeStages, hasOwnProcess, openStages, playCase, stageKey, type Stage } from './play.ts';
import type { Result } from './score.ts';

/** Gateways per workerd, workerds at once, and gateways of each workerd in use at once: much of the time is waiting. */
const ON_ONE = 16;
const WORKERDS = 2;
const PLAYED = 4;

/** Runs the cases, several gateways at once; results are in the order of the cases. */
export async function playAll(list: readonly KongCase[]): Promise<Result[]> {
  const groups = [...Map.groupBy(list, stageKey).values()];
  // The slowest start first.
  groups.sort((a, b) => slowness(b) - slowness(a));
  const { own = [], shared = [] } = Object.groupBy(groups, ([one]) =>
    hasOwnProcess(one!) ? 'own' : 'shared',
  );
  const results = new Map<KongCase, Result>();
  const sets = [...own.map((group) => [group]), ...inSets(shared, ON_ONE)];
  await eachOf(sets, WORKERDS, async (set) => {
    for (const result of await playSet(set)) results.set(result.one, result);
  });
  return list.map((one) => results.get(one)!);
}

async function playSet(groups: readonly KongCase[][]): Promise<Result[]> {
  const results: Result[] = [];
  let stages: Stage[];
  try {
    stages = await openStages(groups.map(([one]) => one!));
  } catch (error) {
    // A rejected configuration stops the others: each then gets its own workerd.
    if (groups.length > 1) return (await Promise.all(groups.map((group) => playSet([group])))).flat();
    return groups.flat().map((one) => ({ one, differences: [String(error)] }));
  }
  await eachOf([...groups.entries()], PLAYED, async ([index, group]) => {
    for (const one of group)
      results.push({
        one,
        differences: await playCase(one, stages[index]!).catch((error) => [String(error)]),
      });
  });
  await closeStages(stages);
  return results;
}

async function eachOf<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...list];
  const next = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

function inSets<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(size * at, size * (at + 1)),
  );
}

function slowness(group: readonly KongCase[]): number {
  const text = JSON.stringify(group.map(({ config, request }) => [config.x_mock, request]));
  return (/hang|timeout|delay|rtt/.test(text) ? 1 : 0) + Number(/"waitSeconds":(\d+)/.exec(text)?.[1] ?? 0);
}
