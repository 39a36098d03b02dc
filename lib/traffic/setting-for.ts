/**
 * Which configuration of a feature applies to a request: exactly one, the most specific, and two are never merged
 * (Kong's rule). The order: the consumer's on this route, the consumer's everywhere, the route's, the default (which
 * the route has inherited already).
 */
import type { ConsumerSettings, RouteSettings, Settings, Inherited } from '../config/types.ts';
import type { Context } from '../core/request.ts';

type Rule<N extends keyof Inherited> = NonNullable<Inherited[N]>;

/**
 * Null if `name` is set (other than to false) neither for the route nor for a consumer: the feature then adds no hook.
 * `route` is null if none matched.
 */
export function settingFor<N extends keyof Inherited>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): ((context: Context) => Rule<N> | null) | null {
  // Undefined for a feature that the file does not carry.
  const common = ((route ?? (settings as Partial<Inherited>))[name] ?? null) as Rule<N> | null;
  const ownOf = (consumer: ConsumerSettings | undefined): Rule<N> | null =>
    ((consumer as Partial<Inherited> | undefined)?.[name] ?? null) as Rule<N> | null;
  const tables = [route?.consumerSettings, route && settings.consumerSettings].flatMap((table) =>
    table && [...table.values()].some((consumer) => ownOf(consumer) !== null) ? table : [],
  );
  const [here, everywhere] = tables;
  if (here === undefined) return common === null || (common as unknown) === false ? null : () => common;
  return ({ consumer }) =>
    (consumer && (ownOf(here.get(consumer.id)) ?? ownOf(everywhere?.get(consumer.id)))) ?? common;
}

/**
 * A hook that calls `act` with the setting that applies to a request; null as above. A request to which none applies
 * continues.
 */
export function withSetting<N extends keyof Inherited, A extends readonly unknown[], T>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
  act: (rule: Rule<N>, context: Context, ...more: A) => T,
): ((context: Context, ...more: A) => T | null) | null {
  const settingOf = settingFor(name, route, settings);
  return (
    settingOf &&
    ((context, ...more) => {
      const rule = settingOf(context);
      return rule && act(rule, context, ...more);
    })
  );
}
