/**
 * Placeholders that nobody has filled in: a file with them is a template, and its text is neither a key nor a
 * host.
 *
 * decK's `${{ env "DECK_X" }}` is filled in here, as decK does. Of all others importing goes no further: the
 * digest of the text "${PARTNER_KEY}" as a key would let in whoever reads the repository.
 */

/**
 * envsubst, compose, decK, Helm and Jinja, ERB, make, Octopus, documentation; a regular expression has (?<name>
 * and \k<name>.
 */
const PLACEHOLDERS = [
  /\$\{\{[^]*?\}\}/,
  /\$\{[^}]*\}/,
  /\{\{[^]*?\}\}/,
  /<%[^]*?%>/,
  /#\{[^}]*\}/,
  /\$\([A-Za-z_]\w*\)/,
  /(?<!\(\?P?|\\k)<[A-Za-z_][^<>=]*>/,
  // In small letters it may be meant: /odata/$metadata.
  /\$[A-Z_][A-Z0-9_]*(?!\w)/,
];

/** The placeholder in a value; null where it has none. Unquoted, YAML takes {{ x }} for an object. */
export function findPlaceholder(value: unknown): string | null {
  if (typeof value === 'object' && value !== null) {
    const [key = ''] = Object.keys(value);
    return /^\{.*\}$/.test(key) ? `{${key}}` : null;
  }
  if (typeof value !== 'string') return null;
  for (const pattern of PLACEHOLDERS) {
    const [found] = pattern.exec(value) ?? [];
    if (found !== undefined) return found;
  }
  return null;
}

/** The same in what can't hold a "$" in earnest: a host, or a key that is nothing else. */
export function findVariable(field: string, value: unknown): string | null {
  const found = findPlaceholder(value);
  if (found !== null || typeof value !== 'string') return found;
  return VARIABLES.get(field)?.exec(value)?.[1] ?? null;
}
const IN_HOST = /(\$\w+)/;
const VARIABLES: ReadonlyMap<string, RegExp> = new Map([
  ['key', /^(\$\w+)$/],
  ['url', /^[^/]*\/\/[^/]*(\$\w+)/],
  ...['host', 'hosts', 'target', 'host_header'].map((field) => [field, IN_HOST] as const),
]);

export type Environment = Readonly<Record<string, string | undefined>>;
const OF_DECK = /\$\{\{\s*env\s+["']?([\w.-]+)["']?\s*(?:\|\s*(\w+)\s*)?\}\}/g;

/** What decK would read; `missing` are variables that the environment does not have. */
export function fillIn(text: string, env: Environment): { value: unknown; missing: string[] } {
  const missing: string[] = [];
  let cast = '';
  const value = text.replace(OF_DECK, (whole, variable: string, pipe: string | undefined) => {
    const found = Object.hasOwn(env, variable) ? env[variable] : undefined;
    if (found === undefined) missing.push(variable);
    else if (whole === text) cast = pipe ?? '';
    return found ?? whole;
  });
  if (cast === 'toInt' || cast === 'toFloat') return { value: Number(value), missing };
  return { value: cast === 'toBool' ? value === 'true' : value, missing };
}

/** Is there anything left to fill in beside decK's own? What the environment brought is meant as it is. */
export function isFilled(text: string): boolean {
  return findPlaceholder(text.replace(OF_DECK, '')) === null;
}
