/**
 * Line coverage of the Worker inside workerd. workerd keeps the profiler from its inspector port, but a Worker with
 * nodejs_compat may open `node:inspector` itself. So the sources run as an ES module, with a source map, beside a tiny
 * module that answers /__coverage__; what it returns is written where c8 looks for it. Bindings are no globals in that
 * form, so this mode is for measuring and the plain script is what the tests are about. Turned on by WORKER_COVERAGE.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleForCoverage } from '../../tools/build.ts';
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
    Response.json(result.filter((one) => one.url.endsWith('gateway.js')))));
});
`;

/** The modules to run instead of the script; their bundle is written where its source map is found. */
export async function coverageWorker(): Promise<WorkerSource> {
  const bundle = await bundleForCoverage();
  return {
    modules: {
      'entry.js': `import './probe.js'; import './gateway.js';`,
      'probe.js': PROBE,
      'gateway.js': readFileSync(bundle, 'utf8'),
    },
    flags: ['nodejs_compat', 'enable_nodejs_inspector_local_dev'],
  };
}

/** A gateway that leaves its coverage behind when it is stopped. */
export function collectCoverage(gateway: Gateway): Gateway {
  async function stop(): Promise<void> {
    const answer = await fetch(`${gateway.url}/__coverage__`).catch(() => null);
    const result = ((await answer?.json().catch(() => null)) ?? []) as { url: string }[];
    for (const one of result) one.url = pathToFileURL(join('.tap', 'worker-coverage', 'gateway.js')).href;
    const folder = process.env['WORKER_COVERAGE'] ?? '';
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `worker-${randomUUID()}.json`), JSON.stringify({ result }));
    await gateway.stop();
  }
  return { ...gateway, stop };
}
