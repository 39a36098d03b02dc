/**
 * A record of each request in Kong's format, sent to a log server (Kong's http-log) or to the console (file-log).
 *
 * No record holds a credential: headers and arguments with names such as "key", "token" or "session", and those that
 * the configuration names, are redacted. Kong redacts Authorization only.
 */
import type { LogServer, RouteSettings, Settings } from '../config/types.ts';
import type { Exit, Finish, Hooks, Isolate } from '../core/feature.ts';
import { callerOf, requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { originPath } from '../routing/rewrite.ts';
import { createBatchSender } from './batch-sender.ts';
import { secretNames } from './secret-names.ts';
import type { IsSecret } from './secret-names.ts';
import { decodeArgument } from './transform/arguments.ts';
import { withSetting } from './setting-for.ts';

const HIDDEN = 'REDACTED';

/** The query, with its "?", with redacted values. Names may be percent-encoded. */
export function hideInQueryText(query: string, isSecret: IsSecret): string {
  return query
    .split('&')
    .map((part) => {
      const cut = part.indexOf('=');
      if (cut < 0) return part;
      const name = part.slice(0, cut);
      return isSecret(decodeArgument(name).replace('?', '')) ? `${name}=${HIDDEN}` : part;
    })
    .join('&');
}

/** Kong's form: the values of a repeated argument are an array. */
function argumentsIn(query: string): Record<string, string | readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length > 1 ? all : all[0]!]));
}

/** A value may be a URL (Referer, Location), whose arguments may be secret too. */
function headersOf(headers: Headers, isSecret: IsSecret): Record<string, string> {
  const shown = (value: string): string =>
    value.replace(/\?[^\s#]*/g, (query) => hideInQueryText(query, isSecret));
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, isSecret(name) ? HIDDEN : shown(value)]),
  );
}

/** Kong's log record (kong/pdk/log.lua), without what a Worker cannot see. `now` in ms since 1970. */
function accessRecord(
  context: Context,
  exit: Pick<Exit, 'status' | 'response'>,
  settings: Settings,
  isSecret: IsSecret,
  now: number,
): Record<string, unknown> {
  const { consumer, credentialId, anonymous, origin, startedAt, sentAt, answeredAt, span } = context;
  const query = hideInQueryText(context.query, isSecret);
  const uri = context.path + query;
  const asked = sentAt > 0;
  return {
    request: {
      id: requestIdOf(context),
      method: context.method,
      uri,
      url: `${context.scheme}://${withPort(context)}${uri}`,
      querystring: argumentsIn(query),
      headers: headersOf(context.headers, isSecret),
    },
    response: { status: exit.status, headers: headersOf(exit.response.headers, isSecret) },
    upstream_uri: asked ? pathAsked(context) + hideInQueryText(context.originQuery, isSecret) : '',
    upstream_status: origin && asked ? String(exit.status) : '',
    latencies: {
      request: now - startedAt,
      kong: asked ? sentAt - startedAt : now - startedAt,
      proxy: asked ? Math.max(0, answeredAt - sentAt) : -1,
    },
    attempts: context.attempts,
    tries: [
      ...(context.failed ?? []).map(({ origin: name, status: code }) => ({
        origin: name,
        state: 'failed',
        code,
      })),
      ...(origin && asked ? [{ origin: origin.name }] : []),
    ],
    // A digest would let its reader test guesses of the key.
    authenticated_entity:
      credentialId !== null && !anonymous && !/^[\da-f]{64}$/.test(credentialId)
        ? { id: credentialId, consumer_id: consumer?.id }
        : undefined,
    consumer: consumer
      ? { id: consumer.id, username: consumer.username, custom_id: consumer.customId }
      : undefined,
    ...routeRecords(context, settings),
    client_ip: callerOf(context).client,
    started_at: startedAt,
    source: origin ? 'upstream' : 'kong',
    correlation_id: context.correlationId ?? undefined,
    trace_id: span ? { w3c: span.traceId } : undefined,
  };
}

/** Kong names the port, be it the scheme's own. */
function withPort({ host, scheme }: Context): string {
  return /:\d+$/.test(host) ? host : `${host}:${scheme === 'https' ? 443 : 80}`;
}

function pathAsked({ route, origin, originPath: set, matchedPath, path, kong }: Context): string {
  const made = set ?? (route ? originPath(route, matchedPath, path, kong !== null) : path);
  return (origin?.basePath ?? '') + made;
}

function routeRecords({ route, pool, origin, kong }: Context, { pools }: Settings): Record<string, unknown> {
  if (route === null) return {};
  const { id, name, hosts, paths, methods, stripPath, preserveHost } = route;
  const service = pools[pool < 0 ? route.pool : pool];
  const isUnnamed = kong !== null && name.startsWith('routes[');
  return {
    route: {
      id,
      name: isUnnamed ? undefined : name,
      hosts,
      paths,
      methods,
      strip_path: stripPath,
      preserve_host: preserveHost,
    },
    service: service && {
      ...(route.service ?? { name: service.name }),
      host: (origin ?? service.origins[0])?.host.replace(/:\d+$/, ''),
    },
  };
}

const bodyOf = (records: readonly string[], { batchSize }: LogServer): string =>
  batchSize > 1 ? `[${records.join(',')}]` : records.join('');

export function startAccessLog({ settings, runtime }: Isolate): Hooks {
  const isSecret = secretNames(settings);
  const { send, counts } = createBatchSender(bodyOf, runtime);
  const finish = (route: RouteSettings | null): Finish | null =>
    withSetting('logTo', route, settings, (targets, context, exit: Exit) => {
      if (targets.length === 0) return;
      const line = JSON.stringify(accessRecord(context, exit, settings, isSecret, runtime.now()));
      for (const target of targets)
        if (target === 'console') runtime.log(line);
        else send(target, line, context.waitUntil);
    });
  return { finish, report: () => ({ accessLog: counts }) };
}
