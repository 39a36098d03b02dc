/**
 * Templates: strings with `$(...)` placeholders for values of the request: `$(headers.host)`, `$(headers["x-y"])`,
 * `$(query_params.q)`, `$(uri_captures.id)`, `$(uri_captures[1])`, each optionally followed by `or 'else'`.
 *
 * Kong evaluates the expression as Lua. Workers cannot run code generated at run time, and need not: these are the
 * forms that people write. Any other is rejected when the script starts, never treated as literal text.
 */

/** Where the values come from; null for an absent value. */
export interface TemplateSource {
  readonly headers: (name: string) => string | null;
  readonly query_params: (name: string) => string | null;
  /** By name, or by number as a string: "0" is the whole match. */
  readonly uri_captures: (name: string) => string | null;
}
type Place = keyof TemplateSource;
type Operand = { readonly literal: string } | { readonly place: Place; readonly name: string };
/** Literal strings, and lists of operands of which the first that is present is used. */
export type Template = readonly (string | readonly Operand[])[];

const QUOTED = String.raw`'([^'\\]*)'|"([^"\\]*)"`;
const NAMED = String.raw`\.([A-Za-z_]\w*)|\[\s*(?:${QUOTED}|(\d{1,3}))\s*\]`;
const OPERAND = new RegExp(
  String.raw`^\s*(?:${QUOTED}|(headers|query_params|uri_captures)(?:${NAMED}))\s*(?:\bor\b|$)`,
);

/**
 * @throws Error whose message says what is wrong with the text.
 */
export function compileTemplate(text: string): Template {
  const parts: (string | readonly Operand[])[] = [];
  let at = 0;
  for (let open; (open = text.indexOf('$(', at)) >= 0;) {
    const end = closing(text, open + 2);
    if (end < 0) throw new Error(`it has "$(" without ")"`);
    if (open > at) parts.push(text.slice(at, open));
    parts.push(operandsOf(text.slice(open + 2, end)));
    at = end + 1;
  }
  if (at < text.length || parts.length === 0) parts.push(text.slice(at));
  return parts;
}

/** The index of the bracket that ends the expression; brackets in quotes do not count. */
function closing(text: string, from: number): number {
  const [found] = /^(?:'[^']*'|"[^"]*"|[^'")])*(?=\))/.exec(text.slice(from)) ?? [];
  return found === undefined ? -1 : from + found.length;
}

function operandsOf(expression: string): Operand[] {
  const operands: Operand[] = [];
  for (let rest = expression; ;) {
    const hit = OPERAND.exec(rest);
    if (hit === null) throw new Error(`"$(${expression})" is none of the forms that are understood`);
    const [all, single, double, place, name, quoted, doubled, index] = hit;
    const literal = single ?? double;
    operands.push(
      literal === undefined
        ? { place: place as Place, name: name ?? quoted ?? doubled ?? index ?? '' }
        : { literal },
    );
    if (!/\bor$/.test(all)) return operands;
    rest = rest.slice(all.length);
  }
}

/** What a template must be; null if it is valid. */
export function templateFault(text: string): string | null {
  try {
    compileTemplate(text);
    return null;
  } catch (error) {
    return `a string whose $(...) can be filled in (${(error as Error).message})`;
  }
}

type Change = (value: string, place: Place) => string;

/** `change` is applied to values of the request, not to the configuration's literals. */
export function fillTemplate(
  template: Template,
  source: TemplateSource,
  change: Change = (value) => value,
): string {
  let text = '';
  for (const part of template) text += typeof part === 'string' ? part : operandValue(part, source, change);
  return text;
}

function operandValue(operands: readonly Operand[], source: TemplateSource, change: Change): string {
  for (const operand of operands) {
    if ('literal' in operand) return operand.literal;
    const value = source[operand.place](operand.name);
    if (value !== null) return change(value, operand.place);
  }
  return '';
}
