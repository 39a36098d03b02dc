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

t.test('a file of types alone leaves nothing behind', async (t) => {
  const types = '/** Types. */\nexport interface A {\n  a: string;\n}\n';
  t.equal(markComments('lib/x.ts', types, null), types);
});
