/**
 * Which configuration of a feature holds for a request. Exactly one does, the most specific, as for Kong's plug-ins,
 * and two are never merged: the consumer's on this route, the consumer's everywhere, the route's, the general one
 * (which the route has taken over already).
 */
import type { ConsumerSettings, RouteSettings, Settings, Inherited } from '../config/types.ts';
import type { Context } from '../core/request.ts';

/** What a consumer can have of its own. */
type Own = keyof ConsumerSettings;
type Rule<N extends keyof Inherited> = NonNullable<Inherited[N]>;

/**
 * Null where nobody has set `name` for the route, so that the feature has no part in it. `route` null: no route
 * matched.
 */
export function settingFor<N extends Own>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): ((context: Context) => Rule<N> | null) | null {
  const common = commonSetting(name, route, settings);
  const here = rulesOf(name, route?.consumerSettings);
  const everywhere = rulesOf(name, route && settings.consumerSettings);
  if (!here && !everywhere) return common === null ? null : () => common;
  return ({ consumer }) => (consumer && (here?.get(consumer.id) ?? everywhere?.get(consumer.id))) ?? common;
}

/** The route's or the general one, for what runs before anybody is known. */
export function commonSetting<N extends keyof Inherited>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): Rule<N> | null {
  // Of a feature that this file does not carry nothing is known.
  return ((route ?? (settings as Partial<Inherited>))[name] ?? null) as Rule<N> | null;
}

/** Those of single consumers, by id; null for none. A Map, for a verifier names consumers too. */
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
