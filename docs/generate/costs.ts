/**
 * What a month of requests costs on Cloudflare Workers, and beside it the two machines that a Kong in pairs needs.
 * The table in docs/migration.md is this tool's output, and a test compares the two, so it cannot drift.
 *
 * Cloudflare's prices are of its documentation (Workers, "Pricing" and "Limits", autumn 2026). What a pair of machines costs is
 * nobody's list price but the reader's own bill: both of its figures are inputs, and the defaults are stated with the table.
 */
import { readCommandLine } from '../../cli/command-line.ts';

const USAGE = `Usage: npx node docs/generate/costs.ts [options]

  --vm USD           one virtual machine, a month; there are two
  --hours N          upkeep of the two, a month
  --hour USD         what such an hour costs
  --cpu MS           CPU time of a request on Workers
  --requests N,N,N   requests a month, a row for each
  --json             figures instead of a table`;

/** US dollars a month, requests a month, milliseconds of CPU. */
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
  /** Hours of upkeep a month for the pair: updates, certificates, the database's replica, being called at night. */
  readonly hours: number;
  /** What such an hour costs. */
  readonly hour: number;
}
export interface Load {
  readonly requests: number;
  /** CPU time of one request. */
  readonly cpuMs: number;
}

/** The average that Cloudflare states for all Workers; this gateway's is far below it. */
export const CPU_MS = 2.2;
export const MACHINES: Machines = { vm: 70, hours: 4, hour: 60 };
export const LOADS = [1e6, 30e6, 300e6] as const;
const DAYS = 30;

export interface WorkersCost {
  readonly base: number;
  readonly requests: number;
  readonly cpu: number;
  readonly total: number;
  /** Carried by the free plan, if no day has more than its share. */
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

/** Two machines carry any of these loads: 300 million a month are 116 a second on average. */
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

function main(args: string[]): void {
  const text = { type: 'string' } as const;
  const { values } = readCommandLine(USAGE, {
    args,
    options: { vm: text, hours: text, hour: text, cpu: text, requests: text, json: { type: 'boolean' } },
  });
  const number = (name: string, given: string | undefined, standard: number): number => {
    const value = given === undefined ? standard : Number(given);
    if (!(value >= 0)) throw new Error(`--${name} must be a number of at least 0, received "${given}"`);
    return value;
  };
  const machines: Machines = {
    vm: number('vm', values.vm, MACHINES.vm),
    hours: number('hours', values.hours, MACHINES.hours),
    hour: number('hour', values.hour, MACHINES.hour),
  };
  const cpuMs = number('cpu', values.cpu, CPU_MS);
  const loads = values.requests?.split(',').map((each) => number('requests', each, 0)) ?? LOADS;
  if (!values.json) return void process.stdout.write(`${costTable(loads, cpuMs, machines)}\n`);
  const rows = loads.map((requests) => ({ requests, workers: workersCost({ requests, cpuMs }) }));
  process.stdout.write(`${JSON.stringify({ machines: machinesCost(machines), rows }, null, 2)}\n`);
}

if (import.meta.main ?? process.argv[1]?.endsWith('costs.ts')) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`costs: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
