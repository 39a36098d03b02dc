import t from 'tap';
import { markComments, unmarkComments } from '../../cli/build/keep-comments.ts';

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

t.test('comments of used code are marked, those of types and unused functions are not', async (t) => {
  const marked = markComments('lib/x.ts', SOURCE, new Set(['used']));
  t.match(marked, '/*! What the file promises. */');
  t.match(marked, '/*! Called. */');
  t.match(marked, '//! A reason.');
  t.match(marked, '/** A type. */');
  t.match(marked, '/** A field. */');
  t.match(marked, '/** Never called. */');
  t.match(marked, '\n  // no comment\n\n', 'a string is unchanged');
});

t.test('unmarking restores comments and blank lines', async (t) => {
  const marked = markComments('lib/x.ts', SOURCE, new Set(['used']));
  t.match(unmarkComments(marked), '\n\n/** Called. */\n');
  t.notMatch(unmarkComments(marked), /\/\/!|\/\*!|~blank~/);
});

t.test('a file that contains only types is unchanged', async (t) => {
  const types = '/** Types. */\nexport interface A {\n  a: string;\n}\n';
  t.equal(markComments('lib/x.ts', types, new Set()), types);
});
