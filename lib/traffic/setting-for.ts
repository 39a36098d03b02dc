/**
 * Which configuration of a feature applies to a request: exactly one, the most specific, and two are never merged
 * (Kong's rule). The order: the consumer's on this route, the consumer's everywhere, the route's, the default (which
 * the route has inherited already).
 */
import type { ConsumerSettings, RouteSettings, Settings, Inherited } from '../config/types.ts';
import type { Context } from '../core/request.ts';

/** Settings that a consumer can have. */
type Own = keyof ConsumerSettings;
type Rule<N extends keyof Inherited> = NonNullable<Inherited[N]>;

/**
 * Null if `name` is set (other than to false) neither for the route nor for a consumer: the feature then adds no hook.
 * `route` is null if none matched.
 */
export function settingFor<N extends Own>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): ((context: Context) => Rule<N> | null) | null {
  const common = commonSetting(name, route, settings);
  const here = rulesOf(name, route?.consumerSettings);
  const everywhere = rulesOf(name, route && settings.consumerSettings);
  if (!here && !everywhere) return common === null || (common as unknown) === false ? null : () => common;
  return ({ consumer }) => (consumer && (here?.get(consumer.id) ?? everywhere?.get(consumer.id))) ?? common;
}

/**
 * A hook that calls `act` with the setting that applies to a request; null as above. A request to which none applies
 * continues.
 */
export function withSetting<N extends Own, A extends readonly unknown[], T>(
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

/** The route's setting or the default, for features that run before authentication. */
export function commonSetting<N extends keyof Inherited>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): Rule<N> | null {
  // Undefined for a feature that the file does not carry.
  return ((route ?? (settings as Partial<Inherited>))[name] ?? null) as Rule<N> | null;
}

/** Consumers' settings by id; null for none. A Map, since a verifier's strings are looked up in it. */
function rulesOf<N extends Own>(
  name: N,
  from: Settings['consumerSettings'] | undefined,
): ReadonlyMap<string, Rule<N>> | null {
  const rules = new Map<string, Rule<N>>();
  for (const [id, own] of from ?? []) {
    const rule = own[name] ?? null;
    if (rule !== null) rules.set(id, rule as Rule<N>);
  }
  return rules.size > 0 ? rules : null;
}
