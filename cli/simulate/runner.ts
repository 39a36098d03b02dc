/** Runs tasks on all cores. This file contains both sides: the thread pool, and the code of a thread. */
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { mean, type Summary } from './figures.ts';
import { BOARD_POLICIES, POLICIES } from './policies.ts';
import { SCENARIOS, randomScenario } from './scenarios.ts';
import { simulate } from './simulate.ts';
import type { Scenario } from './world.ts';

export interface Task {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
}
interface Reply {
  readonly index: number;
  readonly summary: Summary;
}

/** The scenario by name, or by `random-` and a number. */
export function scenarioOf(name: string): Scenario {
  return SCENARIOS[name] ?? randomScenario(Number(name.slice('random-'.length)));
}

if (!isMainThread)
  parentPort!.on('message', ({ index, task }: { index: number; task: Task }) => {
    const { scenario, policy, seed } = task;
    const summary = simulate(scenarioOf(scenario), (POLICIES[policy] ?? BOARD_POLICIES[policy])!, seed);
    parentPort!.postMessage({ index, summary } satisfies Reply);
  });

/** Results are in the order of the tasks. `progress` is called with the number of finished tasks. */
export async function runTasks(tasks: readonly Task[], progress: (done: number) => void): Promise<Summary[]> {
  const results: Summary[] = [];
  // The most expensive first, so that no thread is left with one at the end.
  const order = tasks.map((_, i) => i).sort((a, b) => weightOf(tasks[b]!) - weightOf(tasks[a]!));
  let next = 0;
  let done = 0;
  const threads = Array.from(
    { length: Math.min(tasks.length, availableParallelism()) },
    () => new Worker(new URL(import.meta.url)),
  );
  await Promise.all(
    threads.map(
      (thread) =>
        new Promise<void>((resolve, reject) => {
          const give = (): void => {
            const index = order[next++];
            if (index === undefined) return resolve(void thread.terminate());
            thread.postMessage({ index, task: tasks[index] });
          };
          thread.on('message', ({ index, summary }: Reply) => {
            results[index] = summary;
            progress(++done);
            give();
          });
          thread.on('error', reject);
          give();
        }),
    ),
  );
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
