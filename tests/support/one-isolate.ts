/**
 * Many gateways in one isolate, for hundreds of configurations: the built script in a function that is called once for
 * each of them, with its own clock, log and internet. To start an isolate and parse the script takes twenty times as
 * long as to start a gateway in it. Each has its own port, through an entrypoint of the module.
 */
import { INTERNET, capnpConfig, frontOf, gatewayOf, moduleOf, socketOf } from '../../cli/workerd.ts';
import type { Fields } from '../../cli/workerd.ts';
import { edgeWorker, internetAt } from './edge.ts';
import type { Plan } from './processes.ts';

/** The function's parameters take the place of the globals that a script on its own would use. */
const scriptFor = (script: string, count: number): string => `import { env } from 'cloudflare:workers';
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
  const { source, options } = plans[0]!;
  const files: Record<string, string> = { 'worker.js': scriptFor(source.script, plans.length) };
  const started = plans.map(({ config, options: { clock } }) => ({ config, clock }));
  const bindings: Fields[] = [{ name: 'PLANS', json: JSON.stringify(started) }];
  const services: Fields[] = [{ name: 'internet', ...INTERNET }];
  const sockets = plans.map(({ options: { internet, cloudflare } }, i) => {
    const gateway = { name: 'gateways', entrypoint: `gateway${i}` };
    if (internet !== undefined) {
      services.push({ name: `internet${i}`, ...internetAt(internet) });
      bindings.push({ name: `INTERNET_${i}`, service: `internet${i}` });
    }
    if (!cloudflare) return socketOf(i, gateway);
    files[`edge${i}.js`] = edgeWorker(cloudflare);
    services.push(frontOf(`edge${i}`, `edge${i}.js`, gateway));
    return socketOf(i, `edge${i}`);
  });
  services.push(gatewayOf('gateways', moduleOf('worker.js'), { bindings }, options.date));
  return { ...files, 'config.capnp': capnpConfig({ services, sockets }) };
}
