/** Rules about the Worker's sources that the linter cannot express; the others are in .oxlintrc.json. */
import { globSync, readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';

interface Declared {
  readonly name: string;
  readonly kind: string;
  /** As written, e.g. ": ReadonlySet<string>"; "" if absent. */
  readonly type: string;
  /** "Map" for `new Map(…)`. */
  readonly made: string;
}
interface Source {
  readonly path: string;
  readonly program: ReturnType<typeof parseSync>['program'];
  /** Variables at the top level. */
  readonly declared: readonly Declared[];
}

const SOURCES: readonly Source[] = globSync('lib/**/*.ts', { cwd: ROOT })
  .toSorted()
  .map((path) => {
    const text = readFileSync(`${ROOT}/${path}`, 'utf8');
    const { program } = parseSync(path, text);
    const declared = program.body.flatMap((node) => {
      const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
      if (inner?.type !== 'VariableDeclaration' || inner.declare) return [];
      return inner.declarations.map(({ id, init }) => ({
        name: id.type === 'Identifier' ? id.name : '',
        kind: inner.kind,
        type: id.typeAnnotation ? text.slice(id.typeAnnotation.start, id.typeAnnotation.end) : '',
        made: init?.type === 'NewExpression' && init.callee.type === 'Identifier' ? init.callee.name : '',
      }));
    });
    return { path, program, declared };
  });

t.test('no state at the top level of a file: it is created at start', (t) => {
  const faults = SOURCES.flatMap(({ path, declared }) =>
    declared
      .filter(
        ({ kind, type, made }) => kind !== 'const' || (/(?:Map|Set)$/.test(made) && !/: Readonly/.test(type)),
      )
      .map(({ name }) => `${path}: ${name}`),
  );
  t.same(faults, []);
  t.end();
});

/** Records keyed by a union of literals are safe: TypeScript rejects a string there. */
t.test('no plain record is indexed by a computed name: "constructor" would be found', (t) => {
  const faults = SOURCES.flatMap(({ path, program, declared }) => {
    const records = new Set(
      declared.flatMap(({ name, type }) => (/Record<string\b/.test(type) ? [name] : [])),
    );
    const found: string[] = [];
    new Visitor({
      MemberExpression: ({ object, property, computed }) => {
        if (!computed || property.type === 'Literal' || object.type !== 'Identifier') return;
        if (records.has(object.name)) found.push(`${path}: ${object.name}`);
      },
    }).visit(program);
    return found;
  });
  t.same(faults, []);
  t.end();
});
