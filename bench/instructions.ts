/**
 * User-land instructions per request, counted by valgrind's callgrind: repeatable to about one per cent on a busy
 * machine, where times are not.
 *
 * Each script runs in its own workerd, with one thread and without garbage collection. It is warmed up without
 * counting, then counted in rounds of which the lowest is used: V8 compiles on the same thread, and a function that is
 * optimised late costs as much as fifty requests. Hedging is disabled: under valgrind, on a machine with other work,
 * responses are late enough for a hedge, and one more request costs more than everything that is measured. The kernel's
 * share is not included. `npm run bench -- --only instructions`; valgrind is a system package.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { workerdConfig, workerdPath } from '../cli/workerd.ts';
import { readGateway } from './contestants.ts';
import { freePort, startOrigins } from './processes.ts';
import type { Origins } from './processes.ts';
import type { SubBench, Table } from './sub-bench.ts';

const V8_FLAGS = [
  '--single-threaded',
  '--min-semi-space-size=64',
  '--no-lazy-feedback-allocation',
  '--invocation-count-for-turbofan=300',
];
export const INSTRUCTIONS = 'Instructions a request';
const ROUNDS = 3;
/** The hedge timer is set as usual, but never fires. */
const hedge = { afterMs: 60_000 };
const KEY = 'good-key-0123456789abcdef';
const KEYED = { apikey: KEY };
/** A browser's headers for a GET. */
const BROWSER = {
  accept: 'application/json, text/plain, */*',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9',
  'cache-control': 'no-cache',
  origin: 'https://app.example.com',
  referer: 'https://app.example.com/list',
  'sec-ch-ua': '"Chromium";v="156"',
  'sec-fetch-mode': 'cors',
  'sec-fetch-site': 'cross-site',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
};

export interface Variant {
  readonly name: string;
  readonly script: string;
  readonly config: unknown;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Adds to the text of config.capnp. */
  readonly bind?: (capnp: string) => string;
}

/** The floor, which only forwards a request, and the gateway with more and more features in use. */
function variants({ urls }: Origins): Variant[] {
  const floor = `addEventListener('fetch', (e) => {
  const { url } = e.request;
  e.respondWith(fetch('${urls[0]}' + url.slice(url.indexOf('/', 8)), e.request));
});`;
  const script = readGateway();
  const origins = [...urls];
  const pools = { default: { origins, hedge } };
  const alone = { pools, routes: [{ pool: 'default' }] };
  const responseHeaders = { origin: 'Origin', country: 'Country', cacheControl: 'max-age=3', version: {} };
  const digest = createHash('sha256').update(KEY).digest('hex');
  const routes = Array.from({ length: 100 }, (_, i) => ({
    name: `r${i}`,
    paths: [i === 42 ? '/json' : `/service-${i}/`],
    pool: 'default',
  }));
  const all = {
    pools,
    routes,
    auth: {},
    consumers: [{ id: 'c1', username: 'someone', credentials: [{ sha256: digest }] }],
    rateLimit: { hour: 1_000_000_000 },
    cors: {},
  };
  return [
    { name: 'floor', script: floor, config: null },
    { name: 'origins alone', script, config: alone },
    { name: "the tutorial's headers and CORS", script, config: { ...alone, cors: {}, responseHeaders } },
    { name: 'floor, a key', script: floor, config: null, headers: KEYED },
    { name: '100 routes, warm key, limit, CORS', script, config: all, headers: KEYED },
    { name: 'floor, ten browser headers', script: floor, config: null, headers: BROWSER },
    { name: 'origins alone, ten browser headers', script, config: alone, headers: BROWSER },
  ];
}

/** Thousands of instructions per request. */
export async function countInstructions(variant: Variant, requests: number): Promise<number> {
  const { bind = (capnp) => capnp } = variant;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-instructions-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  writeFileSync(join(folder, 'worker.js'), variant.script);
  writeFileSync(
    join(folder, 'config.capnp'),
    bind(workerdConfig({ config: variant.config, address, v8Flags: V8_FLAGS })),
  );
  const child = spawn(
    'valgrind',
    [
      '--tool=callgrind',
      '--instr-atstart=no',
      '--callgrind-out-file=counts',
      workerdPath('nov'),
      'serve',
      'config.capnp',
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const control = (...args: string[]): void =>
    void execFileSync('callgrind_control', [...args, String(child.pid)], { stdio: 'ignore' });
  const url = `http://${address}${variant.path ?? '/json'}`;
  const send = async (amount: number): Promise<void> => {
    const { non2xx, errors } = await autocannon({
      url,
      amount,
      connections: 8,
      timeout: 60,
      headers: variant.headers ?? {},
    });
    if (non2xx + errors > 0)
      throw new Error(`Cannot count ${variant.name}: ${non2xx + errors} answers are not 200`);
  };
  try {
    for (let tries = 0; tries < 600 && !(await answers(url)); tries++) await sleep(100);
    await send(10 * requests);
    control('-i', 'on');
    await send(100);
    const counts: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      control('-z');
      await send(requests);
      control('-d');
      counts.push(instructionsIn(folder) / requests / 1000);
    }
    return Math.min(...counts);
  } finally {
    child.kill('SIGKILL');
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => (await response.arrayBuffer(), true),
    () => false,
  );

/** The instruction count of the latest dump. */
function instructionsIn(folder: string): number {
  const dumps = readdirSync(folder).filter((name) => /^counts\.\d+$/.test(name));
  const last = dumps.toSorted((a, b) => Number(a.slice(7)) - Number(b.slice(7))).at(-1) ?? '';
  return Number(/^(?:totals|summary): (\d+)/m.exec(readFileSync(join(folder, last), 'latin1'))?.[1]);
}

async function measure(requests: number, tell: (line: string) => void): Promise<Table> {
  const origins = await startOrigins();
  const rows: (string | number)[][] = [];
  const floors = new Map<Variant['headers'], number>();
  for (const variant of variants(origins)) {
    tell(`instructions: ${variant.name}`);
    const thousands = await countInstructions(variant, requests);
    if (variant.name.startsWith('floor')) floors.set(variant.headers, thousands);
    rows.push([
      variant.name,
      thousands.toFixed(0),
      ((floors.get(variant.headers) ?? NaN) / thousands).toFixed(2),
    ]);
  }
  await origins.end();
  return {
    title: INSTRUCTIONS,
    note: 'User land alone, in thousands, under callgrind with 8 connections, without collections of garbage and without hedges; the least of three rounds, repeatable to 1 %. The ratio is to the floor, the shortest Worker that hands a request on, with the same headers.',
    columns: ['', 'thousands', 'floor / it'],
    rows,
  };
}

export const bench: SubBench = {
  name: 'instructions',
  run: async ({ full, smoke, tell }) => [await measure(smoke ? 20 : full ? 1000 : 400, tell)],
};
