/**
 * Which headers and arguments may hold a credential, by name: words that suggest one, and the configured key names.
 */
import type { Settings } from '../config/types.ts';

const SECRET = /auth|token|secret|passw|pwd|api-?_?key|cookie|session|signature|jwt|credential/i;

export type IsSecret = (name: string) => boolean;

export function secretNames({ routes }: Pick<Settings, 'routes'>): IsSecret {
  const names = routes.flatMap(({ auth, jwt }) => [
    ...(auth?.keyNames ?? []),
    ...(jwt?.headers ?? []),
    ...(jwt?.queryNames ?? []),
  ]);
  const named = new Set(names.map((name) => name.toLowerCase()));
  return (name) => SECRET.test(name) || named.has(name.toLowerCase());
}
