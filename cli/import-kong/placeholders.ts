/**
 * Unfilled placeholders: a file that contains them is a template, and their text is neither a key nor a host.
 *
 * decK's `${{ env "DECK_X" }}` is filled in here, as decK does. Any other placeholder stops the import: with the digest
 * of the text "${PARTNER_KEY}" as a key, anyone who can read the repository could get in.
 */

/**
 * envsubst, compose, decK, Helm and Jinja, ERB, make, Octopus, documentation; but (?<name> and \k<name> of a regular
 * expression are not placeholders.
 */
const PLACEHOLDERS = [
  /\$\{\{[^]*?\}\}/,
  /\$\{[^}]*\}/,
  /\{\{[^]*?\}\}/,
  /<%[^]*?%>/,
  /#\{[^}]*\}/,
  /\$\([A-Za-z_]\w*\)/,
  /(?<!\(\?P?|\\k)<[A-Za-z_][^<>=]*>/,
  // In lower case it may be intended: /odata/$metadata.
  /\$[A-Z_][A-Z0-9_]*(?!\w)/,
];

/** The placeholder in a value; null if it has none. YAML parses an unquoted {{ x }} as an object. */
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

/**
 * The same, plus plain variables, in fields that cannot contain a literal "$": a host, or a key that consists of
 * nothing else.
 */
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

/** The value as decK would read it; `missing` lists variables absent from the environment. */
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

/** Whether no placeholders remain besides decK's own. Values from the environment are used literally. */
export function isFilled(text: string): boolean {
  return findPlaceholder(text.replace(OF_DECK, '')) === null;
}
