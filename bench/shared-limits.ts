/**
 * Accuracy and cost per request of limits shared by all isolates: simulated, with the product's lease client and
 * companion. docs/shared.md has the table.
 */
import { simulateLeases } from './lease-simulation.ts';
import type { Scenario } from './lease-simulation.ts';
import type { SubBench, Table } from './sub-bench.ts';

const second = { period: 'second', callers: 1 } as const;
const minute = {
  period: 'minute',
  limit: 600,
  isolates: 50,
  callers: 100,
  perSecond: 500,
  seconds: 300,
} as const;
const many = { ...minute, limit: 60, isolates: 20, callers: 1000, seconds: 240 };
const flaky = { ...minute, fails: (_ms: number, dice: { unit: () => number }) => dice.unit() < 0.05 };
const away = { ...minute, callers: 10, seconds: 240, fails: (ms: number) => ms > 60_000 && ms < 120_000 };

const SCENARIOS: readonly Scenario[] = [
  {
    ...second,
    name: '5 a second, 1 caller, 20 isolates',
    limit: 5,
    isolates: 20,
    perSecond: 50,
    seconds: 60,
  },
  {
    ...second,
    name: '1000 a second, 1 caller, 200 isolates',
    limit: 1000,
    isolates: 200,
    perSecond: 3000,
    seconds: 30,
  },
  {
    ...second,
    name: '1000 a second, 50 isolates, 800 asked',
    limit: 1000,
    isolates: 50,
    perSecond: 800,
    seconds: 60,
  },
  {
    ...minute,
    name: '60 a minute, 1 caller, 50 isolates',
    limit: 60,
    callers: 1,
    perSecond: 10,
    seconds: 600,
  },
  { ...minute, name: '600 a minute, 100 callers, 50 isolates' },
  { ...many, name: '60 a minute, 1,000 callers, 20 isolates' },
  { ...many, name: 'the same, `loose`', limits: 'loose' },
  {
    name: '10,000 an hour, 20 callers, 50 isolates, 80 ms',
    period: 'hour',
    limit: 10_000,
    isolates: 50,
    callers: 20,
    perSecond: 60,
    seconds: 7200,
    roundTripMs: 80,
  },
  { ...flaky, name: '600 a minute, 5 % of calls fail, `local`' },
  { ...flaky, name: 'the same, `closed`', onFailure: 'closed' },
  { ...away, name: 'away for one of four minutes, `local`' },
  { ...away, name: 'the same, `open`', onFailure: 'open' },
  { ...away, name: 'the same, `closed`', onFailure: 'closed' },
];

const percent = (share: number): string => (share === 0 ? '0' : `${share.toPrecision(2)} %`);

const TITLE = 'Limits over all isolates, simulated';
const NOTE = `Isolates and callers are used unequally; 25 ms to the companion unless said. Over and under are shares of what one exact
counter would admit.`;

export const bench: SubBench = {
  name: 'shared-limits',
  run: ({ smoke }) => Promise.resolve([leaseTable(smoke ? SCENARIOS.slice(0, 1) : SCENARIOS)]),
};

function leaseTable(scenarios: readonly Scenario[]): Table {
  const columns = ['situation', 'over', 'under', 'calls a request', 'requests that wait', 'added p50 / p99'];
  const rows = scenarios.map((scenario) => {
    const figures = simulateLeases(scenario);
    return [
      scenario.name,
      percent(figures.overPercent),
      percent(figures.underPercent),
      figures.callsPerRequest.toFixed(2),
      `${figures.waitedPercent.toFixed(0)} %`,
      `${figures.p50Ms.toFixed(0)} / ${figures.p99Ms.toFixed(0)} ms`,
    ];
  });
  return { title: TITLE, note: NOTE, columns, rows };
}
