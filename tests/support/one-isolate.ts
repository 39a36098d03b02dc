/**
 * Many gateways in one isolate, for hundreds of configurations: the built script in a function that is called once for
 * each of them, with its own clock, log and internet. To start an isolate and parse the script takes twenty times as
 * long as to start a gateway in it. Each has its own port, through an entrypoint of the module.
 */
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from '../../cli/workerd.ts';
import { edgeWorker, internetAt } from './edge.ts';
import type { Plan } from './processes.ts';

/** The function's parameters take the place of the globals that a script on its own would use. */
const moduleOf = (script: string, count: number): string => `import { env } from 'cloudflare:workers';
function createGateway(GATEWAY_CONFIG, addEventListener, fetch, Date, console) {
${script}
}
function startGateway({ config, clock }, index) {
  let ahead = 0;
  class Clock extends Date {
    static now() {
      return (clock === undefined ? Date.now() : clock * 1000) + ahead;
    }
  }
  const internet = env['INTERNET_' + index];
  const send = internet ? (request, init) => internet.fetch(request, init) : fetch;
  let listener;
  createGateway(config, (_type, listen) => (listener = listen), send, Clock, {
    log: (line) => console.log(index + ' ' + line),
  });
  return {
    fetch(request, _env, context) {
      const ms = request.headers.get('test-advance');
      if (ms !== null) {
        ahead += Number(ms);
        return new Response(null, { status: 204 });
      }
      let response;
      listener({
        request,
        respondWith: (answer) => (response = answer),
        waitUntil: (work) => context.waitUntil(work),
        passThroughOnException: () => context.passThroughOnException(),
      });
      return response;
    },
  };
}
const GATEWAYS = env.PLANS.map(startGateway);
${Array.from({ length: count }, (_, i) => `export const gateway${i} = GATEWAYS[${i}];\n`).join('')}`;

/** The files of the process. */
export function isolateFiles(plans: readonly Plan[]): Record<string, string> {
  const files: Record<string, string> = { 'worker.js': moduleOf(plans[0]!.source.script, plans.length) };
  const date = `compatibilityDate = "${COMPATIBILITY_DATE}"`;
  const started = plans.map(({ config, options: { clock } }) => ({ config, clock }));
  const bindings = [`(name = "PLANS", json = ${JSON.stringify(JSON.stringify(started))})`];
  const services = [
    '(name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true)))',
  ];
  const sockets: string[] = [];
  for (const [i, { options }] of plans.entries()) {
    if (options.internet !== undefined) {
      services.push(`(name = "internet${i}", ${internetAt(options.internet)})`);
      bindings.push(`(name = "INTERNET_${i}", service = "internet${i}")`);
    }
    let service = `(name = "gateways", entrypoint = "gateway${i}")`;
    if (options.cloudflare) {
      files[`edge${i}.js`] = edgeWorker(options.cloudflare);
      services.push(`(name = "edge${i}", worker = (
      modules = [(name = "edge.js", esModule = embed "edge${i}.js")], ${date},
      bindings = [(name = "GATEWAY", service = ${service})]))`);
      service = `"edge${i}"`;
    }
    const name = i === 0 ? 'http' : `http-${i}`;
    sockets.push(`(name = "${name}", address = "127.0.0.1:0", http = (), service = ${service})`);
  }
  services.push(`(name = "gateways", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")], ${date},
      compatibilityFlags = ${JSON.stringify(COMPATIBILITY_FLAGS)}, bindings = [${bindings.join(', ')}]))`);
  files['config.capnp'] = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(',\n    ')}],
  sockets = [${sockets.join(',\n    ')}]
);
`;
  return files;
}
