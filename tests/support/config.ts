/** Validated configurations with one origin, for rules that need no more; and the errors of invalid ones. */
import { checkConfig } from '../../lib/config/settings.ts';
import type {
  Config,
  Origin,
  OriginSettings,
  Route,
  RouteSettings,
  Settings,
} from '../../lib/config/types.ts';

export const configured = (config: Partial<Config> = {}): Settings =>
  checkConfig({ origins: ['http://a'], ...config });

export const routeOf = (route: Route, config: Partial<Config> = {}): RouteSettings =>
  configured({ ...config, routes: [route] }).routes[0]!;

export const originOf = (origin: string | Origin): OriginSettings =>
  checkConfig({ origins: [origin] }).pools[0]!.origins[0]!;

/** The errors of a configuration, one per line. */
export function faultsOf(config: unknown): string[] {
  try {
    checkConfig(config);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
}
