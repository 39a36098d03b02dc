/** Pruning, step by step: what goes in and what is left. A step that is not harmless is not made. */
import t from 'tap';
import { dropEmptyChapters } from '../../tools/chapters.ts';
import { joinRecords, prune } from '../../tools/prune.ts';
import { pruneComments } from '../../tools/prune-words.ts';

/** White space is Prettier's business. */
const squeezed = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};]) ?/g, '$1')
    .trim();

const RECORD = new Set(['kept', 'idle', 'method']);
const pruned = (text: string, known: Record<string, string> = {}, standIns: string[] = []): string =>
  prune(text, {
    known: { 'settings.log': "'off'", 'call.kong': 'null', 'route.cors': '{}', 'call.list': '[]', ...known },
    records: [RECORD],
    gone: new Set(['gone']),
    standIns: new Set(standIns),
  })
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};]) ?/g, '$1')
    .trim();

/** Each is wrapped in a function that is used, so that nothing else about it is idle. */
const inside = (text: string, known?: Record<string, string>): string =>
  pruned(
    `const CLOCK = { now: f() }; addEventListener('c', CLOCK); addEventListener('a', (a, b) => { ${text} return done(a, b); });`,
    known,
  )
    .replace(/^.*?addEventListener\('a', \(a, b\) =>\{/, '')
    .replace(/return done\(a, b\);\}\);$/, '');

const CASES: [name: string, before: string, after: string][] = [
  ['a known condition', "if (settings.log === 'all') a.x(); else a.y();", 'a.y();'],
  ['a block loses its braces', "if (settings.log === 'off') { a.x(); a.y(); }", 'a.x(); a.y();'],
  ['an else that comes to nothing', "if (a) a.x(); else if (settings.log === 'all') a.y();", 'if (a) a.x();'],
  ['a choice', "a.x(call.kong ? 'k' : 'p');", "a.x('p');"],
  ['a default', 'a.x(call.kong ?? b);', 'a.x(b);'],
  ['one side of a condition', "if (a && settings.log === 'off') a.x();", 'if (a) a.x();'],
  ['a record is there', 'if (route.cors === null) return a; a.x(route.cors?.y);', 'a.x(route.cors.y);'],
  ['nothing, spread', 'a.x({ b, ...call.kong, ...a });', 'a.x({ b, ...a });'],
  ['a list that is empty', 'for (const one of call.list) a.x(one);', ''],
  ['a name for what is known', "const { log } = settings; if (log !== 'off') a.x();", ''],
  [
    'a name that changes stays',
    'let kong = call.kong; kong = a.y(); a.x(kong);',
    'let kong = null; kong = a.y(); a.x(kong);',
  ],
  [
    'what may have an effect stays',
    'const x = a.y(); if (a.z() && false) a.x();',
    'const x = a.y(); if (a.z() && false) a.x();',
  ],
  [
    'a promise is waited for',
    'a.x(async () => { await new Promise(b); });',
    'a.x(async () => { await new Promise(b); });',
  ],
  ['another name', 'const c = a; a.x(c);', 'a.x(a);'],
  [
    'a name that is given a value later',
    'let held = null; held = a.y(); a.x(held);',
    'let held = null; held = a.y(); a.x(held);',
  ],
  ['a name of what never changes', 'const { now } = CLOCK; a.x(now());', 'a.x(CLOCK.now());'],
  [
    'a written name of a pattern is no constant',
    'a.held = 0; [a.held, a.kept] = [1, 2]; a.x(a.held);',
    'a.held = 0; [a.held, a.kept] = [1, 2]; a.x(a.held);',
  ],
];

for (const [name, before, after] of CASES)
  t.test(name, async (t) => t.equal(inside(before), squeezed(after)));

t.test('functions and parameters that nobody needs go, with what is given for them', async (t) => {
  const text = `
/** Told. */
function used(a, now, kong) { if (kong) return now; return a.x(); }
/** Gone with its comment. */
function idle() { return 1; }
addEventListener('a', (e) => used(e, clock.now(), null));`;
  t.equal(
    pruned(text),
    squeezed("/** Told. */ function used(a) { return a.x(); } addEventListener('a', (e) => used(e));"),
  );
  const loud = "function used(a) { return 1; } addEventListener('a', (e) => [used(e.take()), used(e)]);";
  t.equal(pruned(loud), squeezed(loud), 'unless giving it does something');
  const many = "function words(...all) { return all; } addEventListener('a', () => words(1, 2));";
  t.match(pruned(many), '(1, 2)');
});

t.test('a function that is called once and returns something stands where it was called', async (t) => {
  const calling = (text: string) =>
    `${text} addEventListener('a', (e) => { e.x(made(e.b)); const twice = e.y(); e.x(twice, twice); });`;
  t.equal(
    pruned(calling('function made(it) { return { it, at: 0 }; }')),
    squeezed(
      "addEventListener('a', (e) => { e.x(({ it: e.b, at: 0 })); const twice = e.y(); e.x(twice, twice); });",
    ),
  );
  for (const [text, why] of [
    ['function made(it) { return () => it; }', 'what it was given may be another thing later'],
    ['function made(it) { return f(g(), it); }', 'what it was given may be another thing by then'],
    [
      'const twice = f(); f(twice); function made(it) { return [it, twice]; }',
      'a name means another thing there',
    ],
  ] as const)
    t.match(pruned(calling(text)), 'e.x(made(e.b))', why);
});

t.test('a stand-in of one expression stands where it was called', async (t) => {
  const text = "const standIn = (route, path) => path; addEventListener('a', (e) => e.x(standIn(e.r, e.p)));";
  t.equal(pruned(text, {}, ['standIn']), squeezed("addEventListener('a', (e) => e.x(e.p));"));
  t.equal(pruned(text), squeezed(text), 'no other function does');
  const mixed =
    "const standIn = (a, b) => a.x === b; addEventListener('a', (e) => e.x(!standIn(e.r ?? e.s, e.p)));";
  t.equal(
    pruned(mixed, {}, ['standIn']),
    squeezed("addEventListener('a', (e) => e.x(!((e.r ?? e.s).x === e.p)));"),
    'in brackets where it must',
  );
});

t.test('fields of our own records go if nobody reads them; the platform and JSON read all', async (t) => {
  const own =
    "addEventListener('a', (e) => { const r = { kept: e, idle: 1, method: 'GET' }; r.idle = 2; e.x(r, r.kept); });";
  t.equal(
    pruned(own),
    squeezed("addEventListener('a', (e) => { const r = { kept: e, method: 'GET' }; e.x(r, r.kept); });"),
  );
  for (const text of [
    "addEventListener('a', (e) => e.x({ kept: e, idle: 1, foreign: 2 }));",
    "addEventListener('a', (e) => e.x(JSON.stringify({ kept: e, idle: 1 })));",
    "addEventListener('a', (e) => e.x(JSON.stringify({ foreign: { kept: e, idle: 1 } })));",
    "addEventListener('a', (e) => { const r = { kept: e, idle: 1 }; e.x(r.kept, r.idle); });",
  ])
    t.match(pruned(text), 'idle: 1', text);
  t.equal(
    pruned("addEventListener('a', (e) => e.x({ gone: e.y(), foreign: 2 }));"),
    squeezed("addEventListener('a', (e) => e.x({ foreign: 2 }));"),
  );
});

t.test('names of things that every object has are no constants', async (t) => {
  const text = "addEventListener('a', (e) => e.x(valueOf(e), e.toString(2)));";
  t.equal(pruned(text), squeezed(text));
});

t.test('names that mean two things are left alone', async (t) => {
  const text =
    "addEventListener('a', (e) => { { const log = null; e.x(log); } const f = (log) => e.y(log); return f(log); });";
  t.equal(pruned(text), squeezed(text));
});

t.test('comments keep to what is there', async (t) => {
  const text = `// lib/a.ts
/**
 * What it does. Kong does otherwise.
 *
 * Why it does so.
 */

/** Reads \`used\` and nothing. Reads \`absent\`, too. */
function used() {
  // Kong's own.
  return 1; // never
}
`;
  t.equal(
    pruneComments(text, [/Kong/, /never/]),
    `// lib/a.ts
/** What it does. */

/** Reads \`used\` and nothing. */
function used() {
  return 1; }
`,
  );
});

t.test('a chapter of which nothing is left has no head, a record that fits has one line', async (t) => {
  t.equal(dropEmptyChapters('// lib/a.ts\n/** Gone. */\n\n// lib/b.ts\nb();\n'), '// lib/b.ts\nb();\n');
  t.equal(joinRecords('a({\n  b: 1,\n  c: 2 });'), 'a({ b: 1,\n  c: 2 });');
});
