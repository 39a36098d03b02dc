/** schema.json and the validation agree: both accept the same, except for references such as pool names. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { readConfig } from '../../cli/read-config.ts';
import { recordsOfTable } from '../../cli/table.ts';
import { settingsOfTable } from '../../docs/generate/settings.ts';
import type { Fields, RecordName, Row } from '../../lib/config/rows.ts';
import { everyFeature } from '../../lib/config/settings.ts';
import { createCheck, validateConfig } from '../../lib/config/validate.ts';

const RECORDS = recordsOfTable();
const formats: Record<string, (value: string) => boolean> = {};
const noteFormats = (row: Row): void => {
  const { format, test } = row;
  if (format && test) formats[format] = (value) => test(value as never) === null;
  for (const one of [row.items, row.values, ...(row.among ?? [])].flat()) if (one) noteFormats(one);
};
for (const { row } of settingsOfTable()) noteFormats(row);
const acceptedBySchema = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  formats,
}).compile(JSON.parse(readFileSync(`${ROOT}/schema.json`, 'utf8')) as object);

function acceptedByChecks(config: unknown): boolean {
  const check = createCheck(everyFeature());
  validateConfig(check, config);
  return check.faults.length === 0;
}

t.test('the examples are valid', async (t) => {
  for (const name of [
    'canary-and-shadow/gateway.json',
    'kong/gateway.json',
    'remote-keys/gateway.json',
    'two-nodes/config.js',
  ]) {
    const { value } = readConfig(`${ROOT}/examples/${name}`);
    t.ok(acceptedBySchema(value), `${name}: ${JSON.stringify(acceptedBySchema.errors)}`);
    t.ok(acceptedByChecks(value), name);
  }
});

// ---- configurations made from the table -----------------------------------------------------

const WORDS = [
  'a',
  '/a',
  'x-a',
  '/a/b',
  'http://a.example',
  'https://a.example/{key}',
  '~/a\\d+',
  '10.0.0.0/8',
  'f'.repeat(64),
  `sha1:${'f'.repeat(40)}`,
  '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
  'GET',
];
const ODD_VALUES = fc.constantFrom<unknown>(
  null,
  true,
  false,
  0,
  -1,
  1.5,
  70_000,
  '',
  'a b',
  '~(a+)+',
  'a\nb',
  [],
  {},
  ['a'],
  { header: 'x' },
);

/** Mostly what a row accepts, including its limits; sometimes something else. */
function valueOf(row: Row, depth: number): fc.Arbitrary<unknown> {
  const valid = validValueOf(row, depth);
  const invalid: fc.WeightedArbitrary<unknown> = { weight: 1, arbitrary: ODD_VALUES };
  const off: fc.WeightedArbitrary<unknown> = { weight: 2, arbitrary: fc.constant(false) };
  return fc.oneof({ weight: 40, arbitrary: valid }, ...('off' in row ? [off] : []), invalid);
}
function validValueOf(row: Row, depth: number): fc.Arbitrary<unknown> {
  const { type, least = 0, most = 0 } = row;
  switch (type) {
    case 'string': {
      const good = [...WORDS, 'ab', 'long-enough'].filter(
        (word) => (row.pattern as RegExp).test(word) && !row.test?.(word as never),
      );
      return fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...good) },
        { weight: 1, arbitrary: fc.constantFrom(...WORDS) },
      );
    }
    case 'enum':
      return fc.constantFrom(...(row.words as readonly unknown[]));
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.constantFrom(least, most, Math.min(most, least + 1), Math.trunc((least + most) / 2));
    case 'list':
      return fc.array(valueOf(row.items as Row, depth), { minLength: least, maxLength: 2 });
    case 'tuple':
      return fc.tuple(...(row.items as readonly Row[]).map((one) => valueOf(one, depth)));
    case 'record':
      return fc.dictionary(fc.constantFrom('a', 'x-b'), valueOf(row.values as Row, depth), { maxKeys: 2 });
    case 'either':
      return fc.oneof(...(row.among as readonly Row[]).map((one) => valueOf(one, depth)));
    default:
      return objectOf(row.fields ?? RECORDS[row.to as RecordName], depth + 1);
  }
}
function objectOf(fields: Fields, depth: number): fc.Arbitrary<unknown> {
  const needed = Object.entries(fields).filter(([, row]) => !('default' in row));
  const others = Object.entries(fields).filter(([, row]) => 'default' in row);
  return fc.subarray(others, { maxLength: Math.min(others.length, depth > 2 ? 2 : 4) }).chain((chosen) => {
    const entries = [...needed, ...chosen].map(([key, row]) => [key, valueOf(row, depth)] as const);
    return fc
      .tuple(fc.record(Object.fromEntries(entries)), fc.integer({ min: 0, max: 60 }))
      .map(([made, chance]) => (chance === 0 ? { ...made, nobodyKnows: 1 } : made));
  });
}

t.test('both judge a thousand configurations alike', async (t) => {
  let good = 0;
  let bad = 0;
  fc.assert(
    fc.property(objectOf(RECORDS.config, 0), (config) => {
      const taken = acceptedByChecks(config);
      if (taken) good++;
      else bad++;
      if (acceptedBySchema(config) !== taken)
        throw new Error(`schema.json says ${!taken}: ${JSON.stringify(acceptedBySchema.errors)}`);
    }),
    { numRuns: 1000, seed: 20261127 },
  );
  t.ok(good > 100 && bad > 100, `${good} were taken, ${bad} refused`);
});
