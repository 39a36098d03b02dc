/**
 * Which configuration of a feature holds for a request. Exactly one does, the most specific, as for Kong's plug-ins, and two are never
 * merged: the consumer's on this route, the consumer's everywhere, the route's, the general one (which the route has taken over already).
 */
import type { RouteSettings, Settings } from '../config/types.ts';
import type { Context } from '../core/request.ts';
import type { Traffic, TrafficName } from './settings.ts';

type Rule<N extends TrafficName> = NonNullable<Traffic[N]>;

/** Null where nobody has set `name` for the route, so that the feature has no part in it. `route` null: no route matched. */
export function settingFor<N extends TrafficName>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): ((context: Context) => Rule<N> | null) | null {
  const common = commonSetting(name, route, settings);
  const here = route && rulesOf(name, route);
  const everywhere = route && rulesOf(name, settings);
  if (!here && !everywhere) return common && (() => common);
  return ({ consumer }) => (consumer && (here?.get(consumer.id) ?? everywhere?.get(consumer.id))) ?? common;
}

/** The route's or the general one, for what runs before anybody is known. */
export function commonSetting<N extends TrafficName>(
  name: N,
  route: RouteSettings | null,
  settings: Settings,
): Rule<N> | null {
  return (((route ?? settings) as Traffic)[name] ?? null) as Rule<N> | null;
}

/** Those of single consumers, by id; null for none. A Map, for a verifier names consumers too. */
function rulesOf<N extends TrafficName>(name: N, from: object): ReadonlyMap<string, Rule<N>> | null {
  const { consumerSettings } = from as { consumerSettings?: ReadonlyMap<string, Traffic> | null };
  const rules = new Map<string, Rule<N>>();
  for (const [id, own] of consumerSettings ?? [])
    if (own[name] !== null && own[name] !== undefined) rules.set(id, own[name]);
  return rules.size > 0 ? rules : null;
}
