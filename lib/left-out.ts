/**
 * What a build left out because the configuration it was made for never enters it; nothing in the whole script.
 *
 * A build writes its list here. In a configuration that is put in afterwards, every place that uses one of these is a fault.
 */
export const LEFT_OUT: readonly string[] = [];

/** Records whose keys are the writer's to choose. */
const NAMING = /^(pools|headers|upstreamHeaders|consumerLimits)$/;

/**
 * Places in a configuration that use one of these settings, "auth", "balance=race" or "stamp=false"; otherwise `false` uses nothing.
 * A pool that does not say how it balances, and one made by `origins` at the top or of a route, use "balance=adaptive".
 * A name is no setting, whatever a pool, a header or a consumer is called: `named` says that the keys here are names.
 */
export function placesUsing(
  settings: readonly string[],
  config: unknown,
  path = '',
  named = false,
): string[] {
  if (settings.length === 0 || typeof config !== 'object' || config === null) return [];
  const isPool = 'origins' in config && /^(pools\.|routes\[\d+\]$|$)/.test(path);
  return Object.entries(isPool ? { balance: 'adaptive', ...config } : config).flatMap(([key, value]) => {
    const place = path === '' ? key : Array.isArray(config) ? `${path}[${key}]` : `${path}.${key}`;
    const isSaid = /string|boolean/.test(typeof value) && settings.includes(`${key}=${value}`);
    const isUsed = isSaid || (value !== false && value !== undefined && settings.includes(key));
    const names = !named && NAMING.test(key);
    return isUsed && !named ? [place] : placesUsing(settings, value, place, names);
  });
}
