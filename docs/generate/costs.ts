/**
 * The cost of a month of requests on Cloudflare Workers, compared with the two machines of a redundant Kong. The table
 * in docs/migration.md is this tool's output, and a test compares the two, so it cannot drift.
 *
 * Cloudflare's prices are from its documentation (Workers, "Pricing" and "Limits", autumn 2026). The cost of two
 * machines has no list price and depends on the reader's own bill: both of its figures are inputs, and the defaults are
 * stated with the table.
 */
import { markdownTable } from '../../cli/markdown.ts';
import { createCommand, numberFrom } from '../../cli/program.ts';

/** US dollars per month, requests, milliseconds of CPU. */
const FREE = { requestsPerDay: 100_000, cpuMsPerRequest: 10 };
const PAID = { monthly: 5, requests: 10e6, perMillionRequests: 0.3, cpuMs: 30e6, perMillionCpuMs: 0.02 };
const DAYS = 30;

/** `cpuMs`: of one request. */
export function workersCost(requests: number, cpuMs: number) {
  const beyond = (used: number, included: number, price: number) =>
    (Math.max(0, used - included) / 1e6) * price;
  const forRequests = beyond(requests, PAID.requests, PAID.perMillionRequests);
  const cpu = beyond(requests * cpuMs, PAID.cpuMs, PAID.perMillionCpuMs);
  return {
    requests: forRequests,
    cpu,
    total: PAID.monthly + forRequests + cpu,
    /** Within the free plan, if no day exceeds its share. */
    free: requests / DAYS <= FREE.requestsPerDay && cpuMs <= FREE.cpuMsPerRequest,
  };
}

interface Assumptions {
  /** One virtual machine with two cores, disk and address, in US dollars a month; two handle any of the loads. */
  readonly vm: number;
  /** Hours of maintenance per month for the pair: updates, certificates, the database's replica, on-call at night. */
  readonly hours: number;
  /** The cost of such an hour. */
  readonly hour: number;
  /** CPU time of a request on Workers in ms: the average that Cloudflare states; this gateway uses far less. */
  readonly cpu: number;
  /** Requests per month, a row for each. */
  readonly requests: readonly number[];
}
export const ASSUMED: Assumptions = { vm: 70, hours: 4, hour: 60, cpu: 2.2, requests: [1e6, 30e6, 300e6] };

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

export function costTable({ vm, hours, hour, cpu, requests }: Assumptions): string {
  const rows = requests.map((number) => {
    const cost = workersCost(number, cpu);
    return [
      `${number / 1e6} million`,
      dollars(PAID.monthly),
      dollars(cost.requests),
      dollars(cost.cpu),
      dollars(cost.total) + (cost.free ? ', or nothing on the free plan' : ''),
      dollars(2 * vm),
      dollars(2 * vm + hours * hour),
    ];
  });
  const head = [
    ...['requests a month', 'Workers: plan', 'requests', `CPU at ${cpu} ms`, 'Workers in all'],
    ...['two machines', 'with upkeep'],
  ];
  return markdownTable(head, rows);
}

const amount = numberFrom(0, 1e12, 'any');

export const costsCommand = createCommand('node docs/generate/costs.ts')
  .description('what a month of requests costs on Workers, and on two machines')
  .option('--vm <usd>', 'one virtual machine, a month; there are two', amount, ASSUMED.vm)
  .option('--hours <number>', 'upkeep of the two, a month', amount, ASSUMED.hours)
  .option('--hour <usd>', 'what such an hour costs', amount, ASSUMED.hour)
  .option('--cpu <ms>', 'CPU time of a request on Workers', amount, ASSUMED.cpu)
  .option(
    '--requests <n,n,n>',
    'requests a month, a row for each',
    (text: string) => text.split(',').map(amount),
    ASSUMED.requests,
  )
  .action((assumptions: Assumptions) => console.log(costTable(assumptions)));

if (process.argv[1]?.endsWith('costs.ts')) costsCommand.parse();
