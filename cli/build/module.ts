/**
 * The script as an ES module: what gradual deployments, Analytics Engine and the `ratelimit` binding ask for; with the
 * companion in it, one Worker instead of two.
 *
 * Edits of the text. The platform hands a module its bindings by an import instead of as globals, so they are made
 * globals first; and the listener becomes the default export. Rejected: a second bundle in esbuild's module format,
 * which differs from the script in more than that.
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
/** Before the configuration is checked: what is shared asks whether there is a companion. */
const OWN_COMPANION = `// The companion is the last part of this file; a service binding SHARED goes before it.
globalThis.SHARED ??= { fetch: (url, init) => COMPANION.fetch(new Request(url, init), env) };

`;
const EXPORTS = /^export \{ Shared, (\w+) as default \};\n$/m;

export const hasListener = (script: string): boolean => script.split(LISTENER).length === 2;

/**
 * `companion` is the text of dist/shared.js. It stands in a function of its own, so that no name meets another.
 * @throws Error where the script has no listener, or more than one.
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
