/** A case is data: a misspelled key would make an expectation that can never fail. */
import { readFileSync } from 'node:fs';
import t from 'tap';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const TYPES = read('case.ts');

/** The keys of an interface in case.ts, or of its nested record `field`. */
function keysOf(name: string, field?: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{([^]*?)^\\}`, 'm').exec(TYPES)?.[1] ?? '';
  const inner = new RegExp(`^  readonly ${field}\\??: \\{\n([^]*?)^  \\}`, 'm').exec(body)?.[1];
  const pattern = field === undefined ? /^  readonly (\w+)/gm : /^    readonly (\w+)/gm;
  return [...(field === undefined ? body : (inner ?? '')).matchAll(pattern)].map((hit) => hit[1] ?? '');
}

type Keyed = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

const KEYS: Readonly<Record<string, readonly string[]>> = {
  request: keysOf('KongRequest'),
  expect: keysOf('Expectation'),
  'expect.headers': keysOf('HeaderRules'),
  'expect.upstreamReceives': keysOf('Expectation', 'upstreamReceives'),
  'expect.upstreamReceives.headers': keysOf('HeaderRules'),
  'expect.logReceives': keysOf('Expectation', 'logReceives'),
  'expect.logReceives.headers': keysOf('HeaderRules'),
};

function typosIn(one: Keyed): string[] {
  return Object.entries(KEYS).flatMap(([place, known]) => {
    const record = place.split('.').reduce<Keyed | undefined>((at, key) => at?.[key] as Keyed, one);
    return Object.keys(record ?? {})
      .filter((key) => !known.includes(key))
      .map((key) => `${String(one['id'])}: ${place}.${key} must be one of ${known.join(', ')}`);
  });
}

t.test('the runner knows every key of a case, and every case has an expectation', async (t) => {
  for (const file of ['cases.json', 'more.json', 'plugin-cases.json']) {
    const cases = JSON.parse(read(file)) as Keyed[];
    t.same(cases.flatMap(typosIn), [], file);
    const idle = cases.filter((one) => Object.keys(one['expect'] ?? {}).length === 0);
    t.same(
      idle.map((one) => one['id']),
      [],
      `${file}: cases without an expectation`,
    );
    const ids = cases.map((one) => String(one['id']));
    t.same(
      ids.filter((id, at) => ids.indexOf(id) !== at),
      [],
      `${file}: duplicate ids`,
    );
  }
  t.same(typosIn({ expect: { stauts: 405 }, request: { method: 'GET' } }).length, 1);
});
