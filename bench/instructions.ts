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
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerdConfig, workerdPath } from '../cli/workerd.ts';
import { readGateway } from './contestants.ts';
import { sendBurst } from './load.ts';
import { freePort, startOrigins, type Origins } from './processes.ts';
import type { Part } from './part.ts';

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

interface Variant {
  readonly name: string;
  readonly script: string;
  readonly config: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The floor, which only forwards a request, and the gateway with more and more features in use. */
function variantsOf({ urls: origins }: Origins): Variant[] {
  const floor = `addEventListener('fetch', (e) => {
  const { url } = e.request;
  e.respondWith(fetch('${origins[0]}' + url.slice(url.indexOf('/', 8)), e.request));
});`;
  const script = readGateway();
  const pools = { default: { origins, hedge } };
  const alone = { pools, routes: [{ pool: 'default' }] };
  const responseHeaders = { origin: 'Origin', country: 'Country', cacheControl: 'max-age=3', version: {} };
  const routes = Array.from({ length: 100 }, (_, i) => ({
    name: `r${i}`,
    paths: [i === 42 ? '/json' : `/service-${i}/`],
    pool: 'default',
  }));
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const all = {
    pools,
    routes,
    auth: {},
    consumers: [{ id: 'c1', username: 'someone', credentials: [{ sha256 }] }],
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
async function countInstructions(
  { name, script, config, headers = {} }: Variant,
  requests: number,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-instructions-'));
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, 'worker.js'), script);
  writeFileSync(join(folder, 'config.capnp'), workerdConfig({ config, address, v8Flags: V8_FLAGS }));
  const callgrind = ['--tool=callgrind', '--instr-atstart=no', '--callgrind-out-file=counts'];
  const args = [...callgrind, workerdPath('nov'), 'serve', 'config.capnp'];
  const child = spawn('valgrind', args, { cwd: folder, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const url = `http://${address}`;
  const control = (...options: string[]): void =>
    void execFileSync('callgrind_control', [...options, String(pid)], { stdio: 'ignore' });
  const send = async (amount: number): Promise<void> => {
    const { failures } = await sendBurst({ url, pid }, { connections: 8, seconds: 0, amount, headers });
    if (failures > 0) throw new Error(`Cannot count ${name}: ${failures} answers are not 200`);
  };
  try {
    for (let tries = 0; tries < 600 && !(await isListening(url)); tries++) await sleep(100);
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
    rmSync(folder, { recursive: true });
  }
}

const isListening = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => (await response.arrayBuffer(), true),
    () => false,
  );

/** The instruction count of the latest dump. */
function instructionsIn(folder: string): number {
  const dumps = readdirSync(folder).filter((name) => /^counts\.\d+$/.test(name));
  const last = Math.max(...dumps.map((name) => Number(name.slice('counts.'.length))));
  const dump = readFileSync(join(folder, `counts.${last}`), 'latin1');
  return Number(/^(?:totals|summary): (\d+)/m.exec(dump)?.[1]);
}

export const instructions: Part = {
  name: 'instructions',
  long: true,
  run: async ({ full, smoke, report }) => {
    const origins = await startOrigins();
    const rows: (string | number)[][] = [];
    let floor = NaN;
    for (const variant of variantsOf(origins)) {
      report(`instructions: ${variant.name}`);
      const thousands = await countInstructions(variant, smoke ? 20 : full ? 1000 : 400);
      // What follows a floor has the same headers.
      if (variant.name.startsWith('floor')) floor = thousands;
      rows.push([variant.name, thousands.toFixed(0), (floor / thousands).toFixed(2)]);
    }
    await origins.stop();
    return [
      {
        title: INSTRUCTIONS,
        note: 'User land alone, in thousands, under callgrind with 8 connections, without collections of garbage and without hedges; the least of three rounds, repeatable to 1 %. The ratio is to the floor, the shortest Worker that hands a request on, with the same headers.',
        columns: ['', 'thousands', 'floor / it'],
        rows,
      },
    ];
  },
};
