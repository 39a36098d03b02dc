/**
 * pre-function and post-function: Lua that nobody runs here. Code that can end a request is a guard.
 *
 * Whether it can is not asked of words such as `exit`: an alias, a bracket or a nil that is indexed ends a request
 * as well. Code is harmless only if all that it names is known to be so; anything else may refuse.
 */
import type { Loss, Missing, Settings } from './entry.ts';

/** Phases whose code runs before the answer is complete. `functions` is what `access` was called up to 2.x. */
const PHASES = ['certificate', 'rewrite', 'access', 'header_filter', 'body_filter', 'functions'];

/** Reads, writes headers, logs. A trailing dot stands for all below it. */
const HARMLESS = [
  'kong.log',
  'kong.log.',
  'kong.ctx.shared.',
  'kong.ctx.plugin.',
  'kong.client.get_',
  'kong.request.get_',
  'kong.response.get_',
  'kong.response.set_header',
  'kong.response.add_header',
  'kong.response.clear_header',
  'kong.service.request.set_header',
  'kong.service.request.add_header',
  'kong.service.request.clear_header',
  'kong.service.request.enable_buffering',
  'ngx.log',
  'ngx.now',
  'ngx.time',
  'ngx.ctx.',
  'ngx.var.',
  'ngx.header',
  'ngx.header.',
  'ngx.ERR',
  'ngx.WARN',
  'ngx.NOTICE',
  'ngx.INFO',
  'ngx.DEBUG',
  'os.time',
  'os.date',
  'tostring',
  'type',
];
const KEYWORDS = new Set(
  'and break do else elseif end false for function if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
);

export function functionPlugin(priority: number): Missing {
  return {
    fate: 'guard',
    priority,
    why: 'Lua does not run here: code that can end a request closes the route, other code is lost',
    judge: judgeCode,
  };
}

function judgeCode(config: Settings): Loss {
  const code = PHASES.flatMap((phase) => {
    const chunks = config[phase];
    return Array.isArray(chunks) ? (chunks as unknown[]).map(String) : chunks == null ? [] : [String(chunks)];
  });
  return code.every(isHarmless)
    ? { effect: 'lost', why: 'its code does not run: headers that it sets are not set' }
    : { effect: 'closed', why: 'its code may end a request, and Lua does not run here' };
}

/**
 * Comments and strings away, then every name that is no local variable's must be known, and nothing else may be
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
    if (KEYWORDS.has(name) || isKnown(name)) continue;
    const after = bare.slice(index + name.length).trimStart()[0];
    // A local value: neither called nor indexed, for a nil that is indexed ends the request.
    if (
      !locals.has(name) ||
      after === '(' ||
      after === '[' ||
      after === ':' ||
      after === '{' ||
      after === '"'
    )
      return false;
  }
  return !/:\s*\w+\s*[("'{[]|\)\s*[.[(:]|\]\s*[.[(:]/.test(bare);
}

function isKnown(name: string): boolean {
  return HARMLESS.some((known) =>
    /[._]$/.test(known) ? name.startsWith(known) && !name.slice(known.length).includes('.') : name === known,
  );
}
