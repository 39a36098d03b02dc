/**
 * A build knows values by the names under which the sources read them: "route.stamp" is the stamp of whatever is called `route`. So such
 * a name must stand for one kind of record wherever that field is read of it. TypeScript knows which it is.
 */
import { Node, Project } from 'ts-morph';
import type { Type } from 'ts-morph';
import t from 'tap';
import { ROOT } from '../../tools/build.ts';
import { knownOf } from '../../tools/known.ts';

/** A route stands for the whole where no route matched: without routes both have the same. */
const RECORDS: Record<string, readonly string[]> = {
  ...{ pursuit: ['Pursuit'], call: ['Call'], to: ['Destination'], from: ['Forwarded'], refusal: ['Refusal'] },
  ...{ STATE: ['State'], settings: ['Settings', 'PoolSettings'], pool: ['PoolSettings', 'PoolState'] },
  ...{ route: ['RouteSettings', 'Settings'], origin: ['OriginSettings'], rule: ['CorsRule'] },
  ...{ stamp: ['StampSettings'], version: ['VersionSettings'] },
};

const KNOWN = Object.keys(
  knownOf({ pools: { a: { origins: ['https://a.example'], balance: 'race' } } }).known,
);

/** The last name of what a field is read of: "settings" for `state.settings.log`. */
function nameOf(node: Node | undefined): string {
  if (Node.isPropertyAccessExpression(node)) return node.getName();
  if (Node.isIdentifier(node)) return node.getText();
  if (Node.isBinaryExpression(node)) return nameOf(node.getLeft());
  return Node.isParenthesizedExpression(node) || Node.isNonNullExpression(node) || Node.isAsExpression(node)
    ? nameOf(node.getExpression())
    : '';
}

function typesOf(type: Type): string[] {
  const sure = type.getNonNullableType();
  if (sure.isUnion()) return sure.getUnionTypes().flatMap(typesOf);
  return [(sure.getAliasSymbol() ?? sure.getSymbol())?.getName() ?? sure.getText()];
}

/** Fields that a node reads: of what, and which. */
function readsIn(node: Node): [of: Node, field: string][] {
  if (Node.isPropertyAccessExpression(node)) return [[node.getExpression(), node.getName()]];
  const around = Node.isObjectBindingPattern(node) ? node.getParent() : undefined;
  const given = Node.isVariableDeclaration(around) ? around.getInitializer() : undefined;
  if (!given || !Node.isObjectBindingPattern(node)) return [];
  return node.getElements().map((one) => [given, one.getPropertyNameNode()?.getText() ?? one.getName()]);
}

t.test('a name of which something is known stands for one kind of record', async (t) => {
  const project = new Project({
    tsConfigFilePath: `${ROOT}/tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const files = project.addSourceFilesAtPaths(
    ['lib/*.ts', 'tools/stand-ins/*.ts', 'worker.ts'].map((path) => `${ROOT}/${path}`),
  );
  const found = new Set<string>();
  for (const file of files)
    file.forEachDescendant((node) => {
      for (const [of, field] of readsIn(node)) {
        const name = nameOf(of);
        const key = `${name}.${field}`;
        if (!KNOWN.includes(key)) continue;
        found.add(key);
        const place = `${file.getBaseName()}:${node.getStartLineNumber()} ${key}`;
        for (const type of typesOf(of.getType()))
          t.ok(RECORDS[name]?.includes(type), `${place} is read of ${type}`);
      }
    });
  t.same(
    KNOWN.filter((key) => key.includes('.') && !found.has(key)),
    [],
    'each is read somewhere',
  );
});
