/**
 * Coverage of the Worker inside workerd. workerd keeps the profiler from its inspector port, but a Worker with nodejs_compat may
 * open `node:inspector` itself. So the sources run as ES modules, types stripped in place so that every offset stays what it
 * is, beside a tiny module that answers /__coverage__. Bindings are no globals in that form, so this mode is for measuring;
 * the plain script is what the tests are about. Turned on by WORKER_COVERAGE, the folder for the results.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../tools/build.ts';
import { readConfig } from '../../tools/read-config.ts';
import type { Gateway, WorkerSource } from './gateway.ts';

const PROBE = `import { Session } from 'node:inspector';
const session = new Session();
session.connect();
const post = (method, options) => new Promise((resolve, reject) =>
  session.post(method, options, (error, value) => (error ? reject(error) : resolve(value))));
const ready = Promise.all([post('Profiler.enable'), post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })]);
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname !== '/__coverage__') return;
  event.respondWith(ready.then(() => post('Profiler.takePreciseCoverage')).then(({ result }) =>
    Response.json(result.filter((one) => one.url.endsWith('.ts')))));
});
`;

/** The modules to run instead of the script. */
export function coverageWorker(): WorkerSource {
  const files = ['worker.ts', ...readdirSync(join(ROOT, 'lib')).map((name) => `lib/${name}`)];
  const strip = (file: string) => stripTypeScriptTypes(readFileSync(join(ROOT, file), 'utf8'));
  const example = readConfig(join(ROOT, 'examples/two-nodes/config.js')).value;
  return {
    modules: {
      'entry.js': `import './probe.js'; import './worker.ts';`,
      'probe.js': `${PROBE}\nglobalThis.CONFIG = ${JSON.stringify(example)};\n`,
      ...Object.fromEntries(files.map((file) => [file, strip(file)])),
    },
    flags: ['nodejs_compat', 'enable_nodejs_inspector_local_dev'],
  };
}

/** A gateway that leaves its coverage behind when it is stopped. */
export function collectCoverage(gateway: Gateway): Gateway {
  async function stop(): Promise<void> {
    const signal = AbortSignal.timeout(5000);
    const answer = await fetch(`${gateway.url}/__coverage__`, { signal }).catch(() => null);
    const result = ((await answer?.json().catch(() => null)) ?? []) as { url: string }[];
    for (const one of result)
      one.url = pathToFileURL(join(ROOT, /(lib\/)?[\w-]+\.ts$/.exec(one.url)?.[0] ?? '')).href;
    const folder = process.env['WORKER_COVERAGE'] ?? '';
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `worker-${randomUUID()}.json`), JSON.stringify({ result }));
    await gateway.stop();
  }
  return { ...gateway, stop };
}
