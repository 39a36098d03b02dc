/**
 * Texts with `$(…)` in them, which stand for something of the request: `$(headers.host)`, `$(headers["x-y"])`,
 * `$(query_params.q)`, `$(uri_captures.id)`, `$(uri_captures[1])`, and any of them with `or 'else'` behind it.
 *
 * Kong runs what stands between the brackets as Lua. Workers run no code that is made at run time, and need not: these
 * are the forms that people write. Any other is refused when the script starts, never taken for a text.
 */

/** Where the values come from; null for what is not there. */
export interface TemplateSource {
  readonly headers: (name: string) => string | null;
  readonly query_params: (name: string) => string | null;
  /** By name, or by number as a text: "0" is the whole. */
  readonly uri_captures: (name: string) => string | null;
}
type Place = keyof TemplateSource;
type Operand = { readonly literal: string } | { readonly place: Place; readonly name: string };
/** Texts, and lists of operands of which the first that is there counts. */
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

/** The bracket that ends the expression: none that stands in quotes. */
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

/** What is wrong with a text; null for nothing. */
export function templateFault(text: string): string | null {
  try {
    compileTemplate(text);
    return null;
  } catch (error) {
    return `a string whose $(…) can be filled in (${(error as Error).message})`;
  }
}

type Change = (value: string, place: Place) => string;

/** `change` is done to what comes from the request, not to what the configuration says. */
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
