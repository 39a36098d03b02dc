/**
 * `npm start`: everything on this machine in one command. Builds, starts three origins, a key verifier and the Worker
 * on workerd, prints what to try, and generates a little traffic in which one origin slows down and recovers. Ctrl-C
 * ends all of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCommand, numberFrom, run } from '../../cli/program.ts';
import { DEMO_KEY, DEMO_TOKEN, startDemo } from './demo.ts';
import type { Demo } from './demo.ts';
import { readConfig } from '../../cli/read-config.ts';
import { onEnd } from '../../cli/signals.ts';
import { startWorkerd, workerdConfig } from '../../cli/workerd.ts';
import type { Workerd } from '../../cli/workerd.ts';

/** What Cloudflare's edge adds; XX is its code for an unknown country. */
const EDGE = { injectRequestHeaders: [{ name: 'CF-IPCountry', value: 'XX' }] };

async function startWorker(config: unknown, port: number): Promise<Workerd> {
  if (process.stderr.isTTY) console.error('Building the Worker and starting workerd …');
  const { buildPlain } = await import('../../cli/build/build.ts');
  const script = await buildPlain();
  try {
    return await startWorkerd({
      'worker.js': script,
      'config.capnp': workerdConfig({ config, address: `127.0.0.1:${port}`, http: EDGE }),
    });
  } catch (error) {
    throw new Error(explain((error as Error).message, port));
  }
}

/** The runtime's output, as one line: the reason without internal details. */
function explain(log: string, port: number): string {
  if (/address already in use/i.test(log)) {
    return `Cannot start: port ${port} is taken; choose another one with npm start -- --port NUMBER`;
  }
  const thrown = /Uncaught (?:Error: )?([\s\S]*?)(?:\n\s+at |\nservice |$)/.exec(log)?.[1];
  return thrown ? thrown.trim() : `Cannot start: ${log.trim()}`;
}

function instructions(url: string, demo: Demo): string {
  const [swift] = demo.origins;
  return `
The gateway listens on ${url}, in front of ${demo.origins.map((one) => `${one.name} (${one.usualMs} ms)`).join(', ')}.
Try, in another terminal:

  # The race: all origins are asked, the first good answer wins; Origin, Version, Country and Server-Timing tell how it went
  curl -i ${url}/

  # A preflight, answered by the gateway itself
  curl -i -X OPTIONS -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type' ${url}/

  # A POST: one origin, its body streamed, never sent twice
  curl -i -d '{"hello":"world"}' ${url}/echo

  # The version call of the tutorial, as a Steem node answers it
  curl -i -H 'Content-Type: application/json' -d '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}' ${url}/

  # One origin stopped: nobody notices (start it again with /start/${swift.name})
  curl -s -X POST ${demo.control}/stop/${swift.name} && curl -i ${url}/ && curl -s -X POST ${demo.control}/start/${swift.name}

Keys are asked for under /members, and checked with a verifier that knows one:
  curl -i -H 'apikey: ${DEMO_KEY}' ${url}/members

The operator's page (any name, password ${DEMO_TOKEN}): ${url}/status
Ctrl-C ends all of it.
`;
}

/** For 60 of each 300 requests, 12 seconds of a minute, the fastest origin is slow, and requests go elsewhere. */
async function driveTraffic(url: string, demo: Demo, rate: number, signal: AbortSignal): Promise<void> {
  const [swift] = demo.origins;
  for (let tick = 0; !signal.aborted; tick++) {
    const at = tick % 300;
    if (at === 30) {
      swift.delayMs = 800;
      console.log('traffic: swift slows down to 800 ms; watch its share on the status page');
    } else if (at === 90) {
      swift.delayMs = swift.usualMs;
      console.log(`traffic: swift is back to ${swift.delayMs} ms`);
    }
    const answer = fetch(`${url}/${tick % 10 ? 'steady/' : ''}${tick}`, { signal }).then((response) =>
      response.text(),
    );
    // A missing response adds nothing to the origins' own log lines.
    answer.catch(() => undefined);
    await sleep(1000 / rate, undefined, { signal }).catch(() => undefined);
  }
}

/** No response waits for an origin's version, so the very first ones would lack it. */
async function askVersions(url: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const { headers } = await fetch(url);
    if (headers.has('version')) return;
    await sleep(50);
  }
}

interface Options {
  readonly port: number;
  readonly rate: number;
  readonly quiet?: boolean;
  readonly config?: string;
}

async function start({ port, rate, quiet, config }: Options): Promise<number> {
  const asked = new Promise<'asked'>((resolve) => onEnd(() => resolve('asked')));
  const demo = config === undefined ? await startDemo() : null;
  const done = new AbortController();
  try {
    const worker = await startWorker(config === undefined ? demo?.config : readConfig(config).value, port);
    if (demo) await askVersions(worker.url);
    console.log(
      demo ? instructions(worker.url, demo) : `The gateway listens on ${worker.url}. Ctrl-C ends it.`,
    );
    if (demo && !quiet) void driveTraffic(worker.url, demo, rate, done.signal);
    const why = await Promise.race([asked, worker.ended]);
    await worker.stop();
    return why === 'asked' ? 0 : 1;
  } finally {
    done.abort();
    await demo?.stop();
  }
}

export const startCommand = createCommand('npm start --')
  .description('the gateway in front of three origins and a key verifier, all on this machine')
  .option('--port <number>', 'where the gateway listens', numberFrom(0, 65535), 8787)
  .option('--rate <n>', 'requests a second of its own', numberFrom(0.1, 1000, 'any'), 5)
  .option('--quiet', 'no traffic of its own')
  .option('--config <file>', 'your own configuration, without the origins of the demonstration')
  .action((options: Options) => run(() => start(options)));

if (process.argv[1]?.endsWith('demo/start.ts')) await startCommand.parseAsync();
