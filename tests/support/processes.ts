/**
 * Processes of workerd, each for one gateway or for all that are started at the same time: a process needs more CPU
 * time than a script in it.
 */
import type { Config } from '../../lib/config/types.ts';
import {
  moduleOf,
  scriptOf,
  startWorkerd,
  workerdConfig,
  type ConfigParts,
  type Workerd,
} from '../../cli/workerd.ts';
import { edgeWorker, internetAt } from './edge.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { isolateFiles } from './one-isolate.ts';

export interface Plan {
  readonly config: Config | null;
  readonly options: GatewayOptions;
  readonly source: WorkerSource;
}

export interface WorkerSource {
  readonly script: string;
  readonly isModule: boolean;
}

export const sourceOf = ({ isModule }: WorkerSource, file = 'worker.js') =>
  isModule ? moduleOf(file) : scriptOf(file);

/** The machine may be busy. */
export const START_MS = 60_000;

interface Start {
  readonly plan: Plan;
  readonly resolve: (gateway: Gateway) => void;
  readonly reject: (error: unknown) => void;
}
const waiting: Start[] = [];
let isStarting = false;
/** Gateways in one process. */
const MAX_GATEWAYS = 128;

/** One process that is shared starts at a time. Gateways that are wanted meanwhile get the next one together. */
export function startOnWorkerd(plan: Plan): Promise<Gateway> {
  return new Promise((resolve, reject) => {
    const start = { plan, resolve, reject };
    if (plan.options.shares === 'nothing') return void startGroup([start]);
    waiting.push(start);
    if (isStarting) return;
    isStarting = true;
    setImmediate(() => void startWaiting());
  });
}

async function startWaiting(): Promise<void> {
  for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
    const { plan } = first;
    const group = waiting.filter((start) => canShare(start.plan, plan)).slice(0, MAX_GATEWAYS);
    waiting.splice(0, waiting.length, ...waiting.filter((start) => !group.includes(start)));
    await startGroup(group);
  }
  isStarting = false;
}

function canShare({ options, source }: Plan, { options: other, source: { script } }: Plan): boolean {
  const isSameKind =
    options.workerd === other.workerd && options.date === other.date && options.shares === other.shares;
  return isSameKind && (options.shares !== 'isolate' || source.script === script);
}

/** The process ends with the last of its gateways. */
async function startGroup(group: readonly Start[]): Promise<void> {
  try {
    const { ports, stop, log, lines } = await startProcess(group.map(({ plan }) => plan));
    const running = new Set(ports);
    for (const [at, { plan, resolve }] of group.entries()) {
      const { shares } = plan.options;
      const port = ports[at]!;
      const url = `http://127.0.0.1:${port}`;
      const mark = `${at} `;
      const own = () => lines().flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));
      resolve({
        url,
        port,
        log: shares === 'nothing' ? log : unavailable,
        lines: shares === 'nothing' ? lines : shares === 'isolate' ? own : unavailable,
        advance: shares === 'isolate' ? (ms) => advance(url, ms) : unavailable,
        stop: async () => {
          if (running.delete(port) && running.size === 0) await stop();
        },
      });
    }
  } catch (error) {
    // If one refuses to start, none of the others starts: it is in one of the halves.
    const half = group.length >> 1;
    if (half > 0) await Promise.all([group.slice(0, half), group.slice(half)].map(startGroup));
    else group[0]!.reject(error);
  }
}

export function unavailable(): never {
  throw new Error('Cannot read its log or move its clock: change `shares`');
}

function startProcess(plans: readonly Plan[]): Promise<Workerd> {
  const { options } = plans[0]!;
  const files = options.shares === 'isolate' ? isolateFiles(plans) : workerFiles(plans);
  return startWorkerd(files, { which: options.workerd, startMs: START_MS, sockets: plans.length });
}

/** The files of a process in which each gateway is a Worker. */
function workerFiles(plans: readonly Plan[]): Record<string, string> {
  const names = new Map<string, string>();
  const fileOf = (text: string): string => {
    const name = names.get(text) ?? (names.size === 0 ? 'worker.js' : `worker-${names.size}.js`);
    names.set(text, name);
    return name;
  };
  const parts = plans.map(({ config, options, source }): ConfigParts => ({
    config,
    text: options.text,
    variables: options.variables,
    source: sourceOf(source, fileOf(source.script)),
    date: options.date,
    address: options.address,
    internet: options.internet ? internetAt(options.internet) : undefined,
    front: options.cloudflare && fileOf(edgeWorker(options.cloudflare)),
  }));
  const scripts = Object.fromEntries([...names].map(([text, name]) => [name, text]));
  return { ...scripts, 'config.capnp': workerdConfig(...parts) };
}

async function advance(url: string, ms: number): Promise<void> {
  await fetch(url, { headers: { 'test-advance': String(ms) } });
}
