/**
 * The cost of a month of requests on Cloudflare Workers, compared with the two machines of a redundant Kong. The table
 * in docs/migration.md is this tool's output, and a test compares the two, so it cannot drift.
 *
 * Cloudflare's prices are from its documentation (Workers, "Pricing" and "Limits", autumn 2026). The cost of two
 * machines has no list price and depends on the reader's own bill: both of its figures are inputs, and the defaults are
 * stated with the table.
 */
import { createCommand, numberFrom } from '../../cli/program.ts';

/** US dollars per month, requests per month, milliseconds of CPU. */
export const WORKERS = {
  free: { requestsPerDay: 100_000, cpuMsPerRequest: 10 },
  paid: {
    monthly: 5,
    requests: 10e6,
    perMillionRequests: 0.3,
    cpuMs: 30e6,
    perMillionCpuMs: 0.02,
  },
} as const;

export interface Machines {
  /** One virtual machine with two cores, disk and address, in US dollars a month. */
  readonly vm: number;
  /** Hours of maintenance per month for the pair: updates, certificates, the database's replica, on-call at night. */
  readonly hours: number;
  /** The cost of such an hour. */
  readonly hour: number;
}
export interface Load {
  readonly requests: number;
  /** CPU time of one request. */
  readonly cpuMs: number;
}

/** The average that Cloudflare states for all Workers; this gateway uses far less. */
export const CPU_MS = 2.2;
export const MACHINES: Machines = { vm: 70, hours: 4, hour: 60 };
export const LOADS = [1e6, 30e6, 300e6] as const;
const DAYS = 30;

export interface WorkersCost {
  readonly base: number;
  readonly requests: number;
  readonly cpu: number;
  readonly total: number;
  /** Within the free plan, if no day exceeds its share. */
  readonly free: boolean;
}

export function workersCost({ requests, cpuMs }: Load): WorkersCost {
  const { paid, free } = WORKERS;
  const beyond = (used: number, included: number, price: number) =>
    (Math.max(0, used - included) / 1e6) * price;
  const forRequests = beyond(requests, paid.requests, paid.perMillionRequests);
  const cpu = beyond(requests * cpuMs, paid.cpuMs, paid.perMillionCpuMs);
  return {
    base: paid.monthly,
    requests: forRequests,
    cpu,
    total: paid.monthly + forRequests + cpu,
    free: requests / DAYS <= free.requestsPerDay && cpuMs <= free.cpuMsPerRequest,
  };
}

/** Two machines can handle any of these loads: 300 million per month are 116 per second on average. */
export function machinesCost({ vm, hours, hour }: Machines): {
  machines: number;
  upkeep: number;
  total: number;
} {
  const machines = 2 * vm;
  const upkeep = hours * hour;
  return { machines, upkeep, total: machines + upkeep };
}

/** The table as Markdown. */
export function costTable(loads: readonly number[], cpuMs: number, machines: Machines): string {
  const kong = machinesCost(machines);
  const rows = loads.map((requests) => {
    const cost = workersCost({ requests, cpuMs });
    const total = cost.free ? `${dollars(cost.total)}, or nothing on the free plan` : dollars(cost.total);
    return [
      millions(requests),
      dollars(cost.base),
      dollars(cost.requests),
      dollars(cost.cpu),
      total,
      dollars(kong.machines),
      dollars(kong.total),
    ];
  });
  const head = [
    'requests a month',
    'Workers: plan',
    'requests',
    `CPU at ${cpuMs} ms`,
    'Workers in all',
    'two machines',
    'with upkeep',
  ];
  return [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function millions(requests: number): string {
  return `${requests / 1e6} million`;
}

interface Options extends Machines {
  readonly cpu: number;
  readonly requests: readonly number[];
}

const amount = numberFrom(0, 1e12, 'any');

export const costsCommand = createCommand('node docs/generate/costs.ts')
  .description('what a month of requests costs on Workers, and on two machines')
  .option('--vm <usd>', 'one virtual machine, a month; there are two', amount, MACHINES.vm)
  .option('--hours <number>', 'upkeep of the two, a month', amount, MACHINES.hours)
  .option('--hour <usd>', 'what such an hour costs', amount, MACHINES.hour)
  .option('--cpu <ms>', 'CPU time of a request on Workers', amount, CPU_MS)
  .option(
    '--requests <n,n,n>',
    'requests a month, a row for each',
    (text: string) => text.split(',').map(amount),
    [...LOADS],
  )
  .action(({ cpu, requests, ...machines }: Options) => console.log(costTable(requests, cpu, machines)));

if (process.argv[1]?.endsWith('costs.ts')) costsCommand.parse();
