/**
 * The tutorial's response headers: Origin, Country, Cache-Control, Version and, on refusals, Error; each only if it is
 * configured.
 *
 * A shared cache goes by the URL. A response that depends on the caller in another way is never given freshness that it
 * did not have, or the cache would serve one caller's response to another (RFC 9111, 3.5, says the same of
 * Authorization); neither is a refusal or an error.
 */
import type { ResponseHeadersSettings } from '../config/types.ts';
import type { Exit, Hooks, Isolate } from '../core/feature.ts';
import { namesOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { createVersions, versionOf } from '../version.ts';

export function startResponseHeaders({ settings, runtime }: Isolate): Hooks {
  const versions = createVersions(settings);
  return {
    adds: ({ responseHeaders }) => Boolean(responseHeaders && responseHeaders.origin),
    finish: (route) => {
      const { responseHeaders } = route ?? settings;
      if (!responseHeaders) return null;
      const { version } = responseHeaders;
      const entries = version && versions.get(version);
      return (context, exit) => {
        addResponseHeaders(responseHeaders, context, exit);
        if (!version || !entries || context.origin === null) return;
        const text = versionOf(entries, version, context, runtime);
        if (text !== null) exit.change().set(version.header, text);
      };
    },
  };
}

const addResponseHeaders = (
  { origin, country, cacheControl }: ResponseHeadersSettings,
  context: Context,
  exit: Exit,
): void => {
  const from = country && namesOf(context).includes('cf-ipcountry') && context.headers.get('cf-ipcountry');
  if (origin && context.origin) exit.change().set(origin, context.origin.name);
  if (country && from) exit.change().set(country, from);
  if (cacheControl && mayBeKept(context, exit)) exit.change().set('Cache-Control', cacheControl);
  if (exit.reason) exit.change().set('Error', exit.reason);
};

/** A successful response to GET or HEAD that does not depend on the caller and has no freshness from the origin. */
function mayBeKept(context: Context, { status, reason, headers }: Exit): boolean {
  if (reason !== null || context.origin === null || status < 200 || status > 399) return false;
  if (context.method !== 'GET' && context.method !== 'HEAD') return false;
  if (context.credentialId !== null || context.anonymous) return false;
  const names = namesOf(context);
  if (names.includes('cookie') || names.includes('authorization')) return false;
  return !headers.has('cache-control') && !headers.has('expires') && !headers.has('set-cookie');
}
