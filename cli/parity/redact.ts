/**
 * No secret of a recording leaves this tool: not in the terminal, a report or an error.
 *
 * Two layers. By name: headers, query keys, cookies, JSON and form fields whose names suggest a secret show
 * "[redacted]" instead of a value. By value: the values under such names in the request are removed from every text
 * shown of that exchange, in any encoding, since gateways often quote a bad key in a body. Only the request itself
 * holds the raw values, and it is dropped with its exchange.
 */
import type { Recorded } from './recorded.ts';

type HeaderList = Recorded['headers'];

const REDACTED = '[redacted]';

export type Redactor = ReturnType<typeof createRedactor>;

const SECRET_NAME =
  /^(?:key|sid|jwt|sig|pwd|pass|auth|otp|pin|code|bearer|x-?key)$|token|secret|passw|api[-_.]?key|access[-_]?key|private[-_]?key|authori[sz]ation|cookie|session|credential|signature|csrf|xsrf|assertion/i;
/** Shorter values occur by chance; they are redacted by name only. */
const SHORTEST = 4;

export function createRedactor(names: readonly string[]) {
  const added = new Set(names.map((name) => name.toLowerCase()));
  /** Whether a header, query key, cookie or field of that name holds a secret. */
  const isSecret = (name: string) => added.has(name.toLowerCase()) || SECRET_NAME.test(name);
  const pairs = (text: string) =>
    text
      .replace(
        /("((?:[^"\\]|\\.){1,100})"\s*:\s*)("(?:[^"\\]|\\.)*"?|-?[\d.eE+-]+)/g,
        (all, head: string, name: string) => (isSecret(name) ? `${head}"${REDACTED}"` : all),
      )
      .replace(/([\w.~%[\]-]{1,100})=([^&\s;"'<>]+)/g, (all, name: string) =>
        isSecret(decoded(name)) ? `${name}=${REDACTED}` : all,
      )
      .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, (_, scheme: string) => `${scheme} ${REDACTED}`);
  return {
    isSecret,
    /** Every secret value of a request, in each encoding in which it may be echoed. */
    secretsOf: (request: Recorded, added: HeaderList) => secretValues(request, added, isSecret),
    /** The redacted text: without known values and the values in `name=value` and `"name": "value"` pairs. */
    text: (text: string, secrets: readonly string[]) => {
      let shown = text;
      for (const secret of secrets) shown = shown.replaceAll(secret, REDACTED);
      return pairs(shown);
    },
  };
}

function secretValues(request: Recorded, added: HeaderList, isSecret: (name: string) => boolean): string[] {
  const values = new Set<string>();
  for (const [name, value] of namedValues(request, added))
    if (isSecret(name))
      for (const form of [value, decoded(value)])
        for (const shown of [
          form,
          encodeURIComponent(form.toWellFormed()),
          JSON.stringify(form).slice(1, -1),
        ])
          if (shown.length >= SHORTEST) values.add(shown);
  // longest first, so that no value is cut in half by one that it contains
  return [...values].sort((a, b) => b.length - a.length);
}

/** Every value of a request under its name: headers, cookies, query, JSON and form fields. */
function* namedValues(
  { headers, target, body }: Recorded,
  added: HeaderList,
): Generator<readonly [name: string, value: string]> {
  for (const [name, value] of [...headers, ...added]) {
    if (name.toLowerCase() === 'cookie') {
      for (const pair of value.split(';')) yield [name, pair.slice(pair.indexOf('=') + 1).trim()];
      continue;
    }
    yield [name, value];
    const [, scheme = '', rest = ''] = /^(\w+)\s+(\S+)$/.exec(value) ?? [];
    if (rest !== '') yield [name, rest];
    if (!/^basic$/i.test(scheme)) continue;
    const login = Buffer.from(rest, 'base64').toString();
    yield [name, login];
    yield [name, login.slice(login.indexOf(':') + 1)];
  }
  const mark = target.indexOf('?');
  if (mark !== -1) yield* pairsOf(target.slice(mark + 1));
  if (!body || body.length >= 65536) return;
  const text = body.toString();
  for (const [, name = '', value = ''] of text.matchAll(
    /"((?:[^"\\]|\\.){1,100})"\s*:\s*"((?:[^"\\]|\\.)*)"/g,
  ))
    yield [name, unquoted(value)];
  yield* pairsOf(text);
}

function* pairsOf(text: string): Generator<[name: string, value: string]> {
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && equals < 100) yield [decoded(pair.slice(0, equals)), pair.slice(equals + 1)];
  }
}

/** The decoded content of a JSON string. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
