import t from 'tap';
import { linesOf } from '../../tools/coverage.ts';
import { markComments, unmarkComments } from '../../tools/keep-comments.ts';
import { keepSpelling } from '../../tools/keep-spelling.ts';

const SOURCE = `/** What the file promises. */
import type { A } from './a.ts';

/** A type. */
interface B {
  /** A field. */
  a: A;
}

/** Called. */
export function used(b: B): string {
  // A reason.
  return \`
  // no comment

\${b}\`;
}

/** Never called. */
function unused(): void {}
`;

t.test('comments of what stays are marked, those of types and of what nobody calls are not', async (t) => {
  const marked = markComments('lib/x.ts', SOURCE, new Set(['used']));
  t.match(marked, '/*! What the file promises. */');
  t.match(marked, '/*! Called. */');
  t.match(marked, '//! A reason.');
  t.match(marked, '/** A type. */');
  t.match(marked, '/** A field. */');
  t.match(marked, '/** Never called. */');
  t.match(marked, '\n  // no comment\n\n', 'a text is left as it is');
});

t.test('unmarking brings comments and blank lines back', async (t) => {
  const marked = markComments('lib/x.ts', SOURCE, null);
  t.match(unmarkComments(marked), '\n\n/** Called. */\n');
  t.notMatch(unmarkComments(marked), /\/\/!|\/\*!|~blank~/);
});

t.test("what is said to the sources' formatter is dropped", async (t) => {
  const marked = markComments(
    'lib/x.ts',
    'const a = { b: 1 }; // prettier-ignore\n// A reason.\nf(a);\n',
    null,
  );
  t.equal(marked, 'const a = { b: 1 }; \n//! A reason.\nf(a);\n');
});

t.test('numbers and templates come back as the source of their chapter spells them', async (t) => {
  const sources = new Map([
    ['lib/a.ts', 'const a: number = 10_000;\nconst b = `${a}\\n`;\n'],
    ['lib/c.ts', 'const c = 0x2710;\n'],
  ]);
  const bundled =
    '// lib/a.ts\nvar a = 1e4;\nvar b = `${a}\n`;\nvar d = 5e3;\n\n// lib/c.ts\nvar c = 1e4;\n// lib/x.ts\n';
  t.equal(
    keepSpelling(bundled, sources),
    '// lib/a.ts\nvar a = 10_000;\nvar b = `${a}\\n`;\nvar d = 5e3;\n\n// lib/c.ts\nvar c = 0x2710;\n// lib/x.ts\n',
  );
});

t.test('a file of types alone leaves nothing behind', async (t) => {
  const types = '/** Types. */\nexport interface A {\n  a: string;\n}\n';
  t.equal(markComments('lib/x.ts', types, null), types);
});

t.test('coverage counts lines with code, and those of which nothing ran', async (t) => {
  const source = 'const a = 1;\n// a comment\nfunction f() {\n  return a;\n}\n';
  const reached = new Uint8Array(source.length).fill(1);
  t.same(linesOf(source, reached), { lines: 3, missed: [] });
  reached.fill(0, source.indexOf('return'), source.indexOf('\n}'));
  t.same(linesOf(source, reached), { lines: 3, missed: [4] });
});
