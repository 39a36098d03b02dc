/**
 * Unfilled placeholders: a file that contains them is a template, and they are neither keys nor hosts.
 *
 * decK's `${{ env "DECK_X" }}` is filled in here, as decK does. Any other placeholder stops the import: with the digest
 * of the string "${PARTNER_KEY}" as a key, anyone who can read the repository could get in.
 */
import type { Report } from './report.ts';
import type { ImportState } from './rows.ts';

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
/** Plain variables, in fields that cannot contain a literal "$": a host, or a key that consists of nothing else. */
const IN_HOST = /(?<found>\$\w+)/;
const VARIABLES: ReadonlyMap<string, RegExp> = new Map([
  ['key', /^(?<found>\$\w+)$/],
  ['url', /^[^/]*\/\/[^/]*(?<found>\$\w+)/],
  ...['host', 'hosts', 'target', 'host_header'].map((field) => [field, IN_HOST] as const),
]);

/** Human-readable strings: an apparent placeholder in them is harmless. */
const PROSE = ['message', 'error_message', 'body', 'realm'];

/** Whether the value contains, at any depth, an unfilled placeholder, which is an error. */
export function refusePlaceholder(
  state: Pick<ImportState, 'filled'>,
  report: Report,
  field: string,
  value: unknown,
): boolean {
  if (PROSE.includes(field)) return false;
  const found =
    typeof value === 'string' && !state.filled.has(value) ? findIn(value, field) : keyOfMapping(value);
  if (found !== null) {
    report.fault(`holds the placeholder ${found}: fill in the template first (envsubst < FILE)`);
    return true;
  }
  if (typeof value !== 'object' || value === null) return false;
  const isList = Array.isArray(value);
  const parts: [string | number, unknown][] = isList ? [...value.entries()] : Object.entries(value);
  return parts
    .map(([key, part]) => refusePlaceholder(state, report.at(key), isList ? field : String(key), part))
    .includes(true);
}

function findIn(text: string, field: string): string | null {
  for (const pattern of PLACEHOLDERS) {
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  return VARIABLES.get(field)?.exec(text)?.groups?.['found'] ?? null;
}

/** YAML parses an unquoted {{ x }} as an object with an object as its key. */
function keyOfMapping(value: unknown): string | null {
  const [key = ''] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return /^\{.*\}$/.test(key) ? `{${key}}` : null;
}

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
  return findIn(text.replace(OF_DECK, ''), '') === null;
}
