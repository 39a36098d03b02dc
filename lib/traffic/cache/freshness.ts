/** Whether an entry may be reused for a request, and whether a response may be stored by its type. */

/** Whether the request's Cache-Control directives accept an entry of `age` seconds that was fresh for `lifetime`. */
export function isAcceptable(request: ReadonlyMap<string, string>, age: number, lifetime: number): boolean {
  const seconds = (name: string, otherwise: number): number => {
    const value = request.get(name);
    return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : otherwise;
  };
  return (
    age <= seconds('max-age', Infinity) &&
    age - lifetime <= seconds('max-stale', Infinity) &&
    lifetime - age >= seconds('min-fresh', -Infinity)
  );
}

/**
 * Compares type, subtype and all parameters, names without regard to case. "*" in the list stands for any type or
 * subtype.
 */
export function isListedType(listed: readonly string[], type: string | null): boolean {
  const sent = parseType(type);
  return sent !== null && listed.some((one) => matchesType(parseType(one), sent));
}

interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseType(text: string | null): MediaType | null {
  const [name = '', ...rest] = text?.split(';') ?? [];
  const [, type = '', subtype = ''] = /^\s*([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)\s*$/.exec(name) ?? [];
  if (type === '') return null;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const [, key = '', value = ''] = /^\s*([\w!#$&^.+-]+)=(?:"?([^";\s]*)"?)\s*$/.exec(part) ?? [];
    if (key === '') return null;
    parameters.set(key.toLowerCase(), value);
  }
  return { type: type.toLowerCase(), subtype: subtype.toLowerCase(), parameters };
}

function matchesType(listed: MediaType | null, sent: MediaType): boolean {
  if (listed === null || listed.parameters.size !== sent.parameters.size) return false;
  const same = (a: string, b: string): boolean => a === '*' || a === b;
  return (
    same(listed.type, sent.type) &&
    same(listed.subtype, sent.subtype) &&
    [...listed.parameters].every(([name, value]) => sent.parameters.get(name) === value)
  );
}
