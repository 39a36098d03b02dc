/**
 * Replaces "${NAME}" in every string of a configuration, so that its file holds no secrets; an unset variable is an
 * error.
 */
export function fillIn(value: unknown, env: NodeJS.ProcessEnv = process.env): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined)
        throw new Error(`Cannot serve: the environment must hold ${name}, received nothing`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(one, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillIn(one, env)]));
}
