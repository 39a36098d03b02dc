/** Runs tasks on all cores. This file contains both sides: the thread pool, and the code of a thread. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { mean, type Summary } from './figures.ts';
import { POLICIES } from './policies.ts';
import { SCENARIOS, randomScenario } from './scenarios.ts';
import { simulate } from './simulate.ts';
import type { Scenario } from './world.ts';

export interface Task {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
}
/** The scenario by name, or by `random-` and a number. */
export function scenarioOf(name: string): Scenario {
  return SCENARIOS[name] ?? randomScenario(Number(name.slice('random-'.length)));
}

if (!isMainThread)
  parentPort!.on('message', ({ scenario, policy, seed }: Task) =>
    parentPort!.postMessage(simulate(scenarioOf(scenario), POLICIES[policy]!, seed)),
  );

/** Results are in the order of the tasks. `progress` is called with the number of finished tasks. */
export async function runTasks(tasks: readonly Task[], progress: (done: number) => void): Promise<Summary[]> {
  const results: Summary[] = [];
  // The most expensive first, so that no thread is left with one at the end.
  const rest = [...tasks.entries()].sort(([, a], [, b]) => weightOf(b) - weightOf(a)).values();
  let done = 0;
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL(import.meta.url));
    for (const [index, task] of rest) {
      thread.postMessage(task);
      [results[index]] = (await once(thread, 'message')) as [Summary];
      progress(++done);
    }
    await thread.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, work));
  return results;
}

function weightOf({ scenario, policy }: Task): number {
  const { isolates, durationMs } = scenarioOf(scenario);
  const rate = isolates.reduce((sum, { count, perSecond }) => sum + count * perSecond, 0);
  return rate * durationMs * (/tutorial|asked|Prequal, 3|^race$/.test(policy) ? 4 : 1);
}

/** The mean of each metric over the seeds, without runs to which it does not apply. */
export function average(summaries: readonly Summary[]): Summary {
  const keys = Object.keys(summaries[0]!) as (keyof Summary)[];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      mean(summaries.map((summary) => summary[key]).filter((value) => !Number.isNaN(value))),
    ]),
  ) as unknown as Summary;
}
