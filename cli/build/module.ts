/**
 * The script as an ES module, which gradual deployments, Analytics Engine and the `ratelimit` binding require; with the
 * companion included, it is one Worker instead of two.
 *
 * Works by editing the text. The platform gives a module its bindings through an import instead of as globals, so they
 * are made globals first; the listener becomes the default export. Rejected: a second bundle in esbuild's module
 * format, which differs from the script in more than that.
 */
const LISTENER = "addEventListener('fetch', (event) => event.respondWith(handleRequest(event)));";

const BINDINGS = `// As a module the script finds its bindings here.
import { env } from 'cloudflare:workers';
Object.assign(globalThis, env);

`;
const DEFAULT = `export default {
  fetch: (request, _env, context) =>
    handleRequest({
      request,
      waitUntil: (work) => context.waitUntil(work),
      passThroughOnException: () => context.passThroughOnException(),
    }),
};`;
/** Runs before the configuration is validated: `shared` checks whether there is a companion. */
const OWN_COMPANION = `// The companion is the last part of this file; a service binding SHARED goes before it.
globalThis.SHARED ??= { fetch: (url, init) => COMPANION.fetch(new Request(url, init), env) };

`;
const EXPORTS = /^export \{ Shared, (\w+) as default \};\n$/m;

export const hasListener = (script: string): boolean => script.split(LISTENER).length === 2;

/**
 * `companion` is the text of dist/shared.js. It is wrapped in a function, so that no names collide.
 * @throws Error if the script has no listener, or more than one.
 */
export function asModule(script: string, companion?: string): string {
  if (!hasListener(script)) throw new Error('Cannot build a module: the script must have one listener');
  const module = `${BINDINGS}${script.replace(LISTENER, () => DEFAULT)}`;
  if (companion === undefined) return module;
  const body = companion.replace(EXPORTS, 'return { Shared, COMPANION: $1 };\n');
  return `${module.replace(BINDINGS, BINDINGS + OWN_COMPANION)}
const { Shared, COMPANION } = (() => {
${body}})();
export { Shared };
`;
}
