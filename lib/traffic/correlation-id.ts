/**
 * One id by which the records of a request can be found in every system: Kong's correlation-id. The caller's id is
 * kept, so that a chain of services shares one; otherwise one is generated.
 *
 * Outside Kong's profiles a caller's id is kept only if it has at most 256 printable characters and no space: it ends
 * up in logs. Runs before authentication; refusals carry the id too. In Kong of 2018 it ran last, so that refusals
 * carried none, and an empty id was kept.
 */
import type { CorrelationId, RouteSettings } from '../config/types.ts';
import type { Exit, Hooks, Isolate, Step } from '../core/feature.ts';
import { callerOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import type { Runtime } from '../core/runtime.ts';
import { withSetting } from './setting-for.ts';

interface Counter {
  /** Made at the first request: the platform gives no random values while the script starts. */
  isolate: string | null;
  count: number;
}

/** 32 hex digits of a random UUID as they are usually written. */
export const uuidOf = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

export function keptId(sent: string | null, kong: boolean): string | null {
  const id = sent?.trim() ?? '';
  return id !== '' && (kong || /^[\x21-\x7e]{1,256}$/.test(id)) ? id : null;
}

function newId({ generator }: CorrelationId, context: Context, counter: Counter, runtime: Runtime): string {
  if (generator === 'uuid') return uuidOf(runtime.id());
  counter.isolate ??= uuidOf(runtime.id());
  counter.count++;
  if (generator === 'counter') return `${counter.isolate}#${counter.count}`;
  return `${callerOf(context).peer}-0-1-${counter.count}-1-${(context.startedAt / 1000).toFixed(3)}`;
}

export function startCorrelationId({ settings, runtime }: Isolate): Hooks {
  const counter: Counter = { isolate: null, count: 0 };
  const old = settings.compat === 'kong-2018';
  const idOf = (setting: CorrelationId, context: Context): string =>
    (context.correlationId ??=
      keptId(context.headers.get(setting.header), context.kong !== null) ??
      (old ? context.headers.get(setting.header) : null) ??
      newId(setting, context, counter, runtime));
  const stepFor = (route: RouteSettings): Step | null =>
    withSetting('correlationId', route, settings, (rule, context) => {
      context.originHeaders.push([rule.header.toLowerCase(), idOf(rule, context)]);
      return null;
    });
  return {
    ...(old ? { answer: stepFor } : { admit: stepFor }),
    finish: (route) =>
      withSetting('correlationId', route, settings, (rule, context, { change }: Exit) => {
        if (rule.echo && (!old || context.correlationId !== null))
          change().set(rule.header, idOf(rule, context));
      }),
  };
}
