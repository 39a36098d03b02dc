/** The ranking: every policy's cost relative to the cheapest in the same scenario. */
import { mean, type Summary } from './figures.ts';

/** results[scenario][policy] */
export type Results = Record<string, Record<string, Summary>>;

export interface Standing {
  readonly policy: string;
  /** Mean over the scenarios. */
  readonly subrequests: number;
  readonly success: number;
  readonly extraWork: number;
  /** Cost divided by the best cost, for each scenario. */
  readonly regrets: Record<string, number>;
  readonly meanRegret: number;
  readonly worstRegret: number;
  readonly worstWhere: string;
  /** The same of p99 with failures as 10 s. */
  readonly meanP99Regret: number;
}

export function rank(results: Results): Standing[] {
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
      subrequests: mean(of('subrequests')),
      success: mean(of('success')),
      extraWork: mean(of('extraWork')),
      regrets,
      meanRegret: mean(Object.values(regrets)),
      worstRegret,
      worstWhere: scenarios.find((scenario) => regrets[scenario] === worstRegret)!,
      meanP99Regret: mean(
        scenarios.map((scenario) => results[scenario]![policy]!.p99All / best(scenario, 'p99All')),
      ),
    };
  });
}
