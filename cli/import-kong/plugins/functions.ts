/**
 * pre-function and post-function: Lua code, which is not run here. Code that can end a request is a guard.
 *
 * Looking for words such as `exit` does not decide that: an alias, a bracket or an indexed nil ends a request as well.
 * Code is harmless only if every name that it uses is known to be harmless; anything else may reject requests.
 */
import type { Table } from '../checks.ts';
import type { Loss } from './entry.ts';

/** Phases that run before the response is complete. `functions` is the name of `access` up to 2.x. */
const PHASES = ['certificate', 'rewrite', 'access', 'header_filter', 'body_filter', 'functions'];

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Functions that read, set headers or log. A trailing dot includes everything below. */
const HARMLESS = words(`
  kong.log kong.log. kong.ctx.shared. kong.ctx.plugin. kong.client.get_ kong.request.get_ kong.response.get_
  kong.response.set_header kong.response.add_header kong.response.clear_header
  kong.service.request.set_header kong.service.request.add_header kong.service.request.clear_header
  kong.service.request.enable_buffering
  ngx.log ngx.now ngx.time ngx.ctx. ngx.var. ngx.header ngx.header. ngx.ERR ngx.WARN ngx.NOTICE ngx.INFO ngx.DEBUG
  os.time os.date tostring type`);
const KEYWORDS = words(
  `and break do else elseif end false for function if in local nil not or repeat return then true until while`,
);

export function judgeCode(config: Table): Loss {
  const code = PHASES.flatMap((phase) => config[phase] ?? []).map(String);
  return code.every(isHarmless)
    ? { effect: 'lost', why: 'its code does not run: headers that it sets are not set' }
    : { effect: 'closed', why: 'its code may end a request, and Lua does not run here' };
}

/**
 * Strips comments and strings; then every name except those of local variables must be known, and nothing else may be
 * called.
 */
export function isHarmless(lua: string): boolean {
  const bare = lua
    .replace(/--\[(=*)\[[^]*?\]\1\]/g, ' ')
    .replace(/"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|\[(=*)\[[^]*?\]\1\]|--[^\n]*/g, (found) =>
      found.startsWith('--') ? ' ' : '""',
    );
  const declared = bare.matchAll(/\blocal\s+([\w\s,]+)|\bfunction\s*\(([\w\s,]*)\)/g);
  const locals = new Set(
    [...declared].flatMap(([, names, params]) => (names ?? params ?? '').split(/[\s,]+/)),
  );
  for (const { 0: name, index } of bare.matchAll(/[A-Za-z_][\w.]*/g)) {
    if (KEYWORDS.includes(name) || isKnown(name)) continue;
    const after = bare.slice(index + name.length).trimStart()[0];
    // A local value may be neither called nor indexed: indexing nil ends the request.
    if (!locals.has(name) || /[(["{:]/.test(after ?? '')) return false;
  }
  return !/:\s*\w+\s*[("'{[]|\)\s*[.[(:]|\]\s*[.[(:]/.test(bare);
}

function isKnown(name: string): boolean {
  return HARMLESS.some((known) =>
    /[._]$/.test(known) ? name.startsWith(known) && !name.slice(known.length).includes('.') : name === known,
  );
}
