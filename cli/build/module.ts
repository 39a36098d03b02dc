/**
 * The script as an ES module: what gradual deployments, Analytics Engine and the `ratelimit` binding ask for.
 *
 * Two edits of the text. The platform hands a module its bindings by an import instead of as globals, so they are made
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

/** @throws Error where the script has no listener, or more than one. */
export function asModule(script: string): string {
  const [before, after, ...more] = script.split(LISTENER);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('Cannot build a module: the script must have one listener');
  return `${BINDINGS}${before}${DEFAULT}${after}`;
}
