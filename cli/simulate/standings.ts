/** The ranking: every policy's cost relative to the cheapest in the same scenario. */
import { mean, type Summary } from './figures.ts';

/** results[scenario][policy] */
export type Results = Record<string, Record<string, Summary>>;

export type Standing = ReturnType<typeof rank>[number];

export function rank(results: Results) {
  const scenarios = Object.keys(results);
  const policies = Object.keys(results[scenarios[0]!]!);
  const best = (scenario: string, key: 'cost' | 'p99All'): number =>
    Math.min(...policies.map((policy) => results[scenario]![policy]![key]));
  return policies.map((policy) => {
    const of = (key: keyof Summary): number[] =>
      scenarios.map((scenario) => results[scenario]![policy]![key]);
    const regrets = Object.fromEntries(
      scenarios.map((scenario) => [scenario, results[scenario]![policy]!.cost / best(scenario, 'cost')]),
    );
    const worstRegret = Math.max(...Object.values(regrets));
    return {
      policy,
      // Means over the scenarios.
      subrequests: mean(of('subrequests')),
      success: mean(of('success')),
      extraWork: mean(of('extraWork')),
      /** Cost divided by the best cost, for each scenario. */
      regrets,
      meanRegret: mean(Object.values(regrets)),
      worstRegret,
      worstWhere: scenarios.find((scenario) => regrets[scenario] === worstRegret)!,
      /** The same of p99 with failures as 10 s. */
      meanP99Regret: mean(
        scenarios.map((scenario) => results[scenario]![policy]!.p99All / best(scenario, 'p99All')),
      ),
    };
  });
}
