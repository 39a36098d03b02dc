/**
 * Generated from the table: each row accepts its default, minimum and maximum, and rejects what is beyond, other types
 * and unknown keys.
 */
import t from 'tap';
import { ref, type RecordName, type Row } from '../../../lib/config/rows.ts';
import { checkConfig, everyFeature } from '../../../lib/config/settings.ts';
import { createCheck, validate } from '../../../lib/config/validate.ts';
import { recordsOfTable } from '../../../cli/table.ts';
import { settingsOfTable, titleOf } from '../../../docs/generate/settings.ts';
import { words } from '../../support/words.ts';

const SETTINGS = settingsOfTable();
const CHECK = createCheck(everyFeature());

function faultsOf(row: Row, value: unknown, path = 'here'): string[] {
  validate(CHECK, row, value, path);
  return CHECK.faults.splice(0);
}
const made = (row: Row, value: unknown): unknown => validate(CHECK, row, value, 'here');
const accepted = (row: Row, value: unknown): boolean => faultsOf(row, value).length === 0;

/** One value of each JSON type that the row rejects. */
function otherTypes(row: Row): unknown[] {
  const types = row.type === 'either' ? (row.among as readonly Row[]).map(({ type }) => type) : [row.type];
  const not = (...mine: Row['type'][]) => !mine.some((type) => types.includes(type));
  return [
    null,
    ...(not('boolean') ? [true] : []),
    ...(not('number', 'integer') ? [-7.5] : ['7']),
    ...(not('string', 'enum') ? ['no such word'] : not('number', 'integer') ? [7.5] : []),
    ...(not('list', 'tuple') ? [[]] : [{}]),
    ...(not('object', 'ref', 'record', 'either') ? [{}] : [[]]),
  ].filter((value) => !(types.includes('list') && Array.isArray(value)));
}

t.test('a row without a default is required, the others are optional', async (t) => {
  for (const { name, row } of SETTINGS)
    if ('default' in row) {
      t.same(faultsOf(row, undefined), [], name);
      if (row.default != null)
        t.same(made(row, undefined), made(row, row.default), `${name}: as if the default were set`);
    } else t.match(faultsOf(row, undefined), [/^here must be .*, received nothing$/], name);
});

t.test('numbers from the minimum to the maximum are accepted, and none beyond', async (t) => {
  const numbers = SETTINGS.filter(({ row }) => row.least !== undefined && row.most !== undefined);
  t.ok(numbers.length > 30);
  for (const { name, row } of numbers) {
    const { type, least = 0, most = 0 } = row;
    const must = `here must be a ${type === 'integer' ? 'whole ' : ''}number from ${least} to ${most}`;
    for (const value of [least, most]) t.same(faultsOf(row, value), [], `${name}: ${value}`);
    for (const value of [least - 0.001, most + 1, NaN, Infinity])
      t.match(faultsOf(row, value)[0], must, `${name}: ${value}`);
    if (type === 'integer') t.match(faultsOf(row, least + 0.5)[0], must, `${name}: no fractions`);
  }
});

t.test('each word is accepted, and no other; lists have a minimum length', async (t) => {
  for (const { name, row } of SETTINGS) {
    for (const word of row.words ?? []) t.ok(accepted(row, word), `${name}: ${word}`);
    if (row.type === 'enum')
      t.match(faultsOf(row, 'no such word'), [/^here must be .* or .*, received "no such word"$/], name);
    const fault = `here must be a list of at least ${row.least}, received []`;
    if (row.type === 'list') t.same(faultsOf(row, []), row.least ? [fault] : [], name);
  }
});

t.test('false is accepted only if a setting can be switched off', async (t) => {
  for (const { name, row } of SETTINGS) {
    const boolean = row.type === 'boolean' || (row.among ?? []).some(({ type }) => type === 'boolean');
    t.equal(accepted(row, false), boolean || 'off' in row, name);
    if ('off' in row) t.same(made(row, false), row.off);
  }
});

t.test('a value of another type is one fault: path, expected, received', async (t) => {
  const wrong = SETTINGS.flatMap(({ name, row }) =>
    otherTypes(row).flatMap((value) => {
      const faults = faultsOf(row, value);
      const shown = row.secret ? '\\(what was received is not shown\\)' : 'received';
      const isRight = faults.length === 1 && new RegExp(`^here[^ ]* must be .*${shown}`).test(faults[0]!);
      return isRight ? [] : [{ name, value, faults }];
    }),
  );
  t.same(wrong, [], 'one fault per mistake');
});

t.test('every record rejects an unknown key', async (t) => {
  const objects = [
    ...SETTINGS.filter(({ row }) => row.type === 'object' || row.type === 'ref'),
    ...Object.keys(recordsOfTable()).map((to) => ({ name: titleOf(to), row: ref(to as RecordName) as Row })),
  ];
  for (const { name, row } of objects)
    t.ok(faultsOf(row, { nobodyKnows: 1 }).includes('here.nobodyKnows: unknown key'), name);
});

t.test('every setting has a comment', async (t) => {
  for (const { name, comment } of SETTINGS) t.not(comment, '', name);
});

const TOO_MANY_ITERATIONS = `pbkdf2-sha256:100001:${'0'.repeat(32)}:${'0'.repeat(64)}`;
/** Invalid values of the right type. */
const REFUSED: Record<string, Record<string, unknown[]>> = {
  auth: { keyNames: [[], ['a b']], keyIn: [['cookie']], realm: ['a\nb'] },
  verify: {
    url: ['keys', 'https://{key}.example/', 'https://a:{key}/'],
    field: ['valid'],
    upstreamHeaders: [{ 'X-Plan': 'plan' }, { 'X Plan': '/plan' }],
  },
  pool: {
    hashOn: ['user', {}, { header: 'a', query: 'b' }],
    hashFallback: [{ header: '' }],
    load: [{}],
    retryOn: [['refused'], [200]],
    hedge: [true, { afterMs: 'soon' }],
    outlier: [{ ejectSeconds: 0 }],
    probe: [{ path: 'up' }],
    balance: ['fastest'],
  },
  health: { statuses: [[]] },
  origin: {
    url: words`a.example ftp://a http://user:pass@a http://a/?x=1 http://a/#x http://`.concat(''),
    location: [[91, 0], [0]],
    headers: [{ 'a b': 'x' }],
    name: ['a\nb'],
    hostHeader: ['a.example:80'],
  },
  rateLimit: { by: ['user', { header: '' }, null] },
  consumer: {
    logins: ['secret', 'sha1:AB', TOO_MANY_ITERATIONS].map((passwordHash) => [
      { username: 'a', passwordHash },
    ]),
  },
  responseHeaders: { origin: ['a b'], cacheControl: ['a\r\nb: c'] },
  version: { header: ['a:b'], path: ['v'] },
  route: {
    hosts: ['a.example'],
    paths: [['v1'], ['~('], ['~(a+)+']],
    headers: [{ 'x-v': [] }, { 'x-v': ['~*(a+)+'] }],
    methods: [['GE T']],
    basePath: ['srv'],
    protocols: [[], ['grpc']],
  },
  kong: { headers: [['a b']], portMaps: [{ 80: 0 }] },
  config: { status: [{ path: 'status', token: 'long-enough' }], trustedProxies: [['10.0.0.0/33']] },
  respondWith: { headers: [{ 'X-A': 'a\nb' }] },
};
t.test('an invalid value is rejected with its path', async (t) => {
  const records = recordsOfTable() as Record<string, Record<string, Row>>;
  for (const [record, settings] of Object.entries(REFUSED))
    for (const [key, values] of Object.entries(settings))
      for (const value of values) {
        const faults = faultsOf(records[record]![key]!, value, `${record}.${key}`);
        t.match(faults, [new RegExp(`^${record}\\.${key}`)], `${record}.${key}: ${JSON.stringify(value)}`);
        t.equal(faults.length, 1, 'one fault per mistake');
      }
});

t.test('no fault shows a secret', async (t) => {
  const records = recordsOfTable() as Record<string, Record<string, Row>>;
  const secrets: [record: string, key: string, value: unknown][] = [
    ['config', 'status', { path: '/status', token: 'sh0rt' }],
    ['origin', 'headers', { 'X-Secret': 'sh0rt\n' }],
    ['verify', 'headers', { 'X-Secret': 'sh0rt\n' }],
    ['consumer', 'credentials', [{ sha256: 'sh0rt' }]],
    ['consumer', 'logins', [{ username: 'a', passwordHash: 'sh0rt' }]],
  ];
  for (const [record, key, value] of secrets) {
    const [fault = ''] = faultsOf(records[record]![key]!, value);
    t.match(fault, /must be .* \(what was received is not shown\)$/, `${record}.${key}`);
    t.notMatch(fault, 'sh0rt');
  }
  const missing = faultsOf(records['config']!['status']!, { path: '/status' });
  t.same(missing, ['here.token must be a string of at least 8 characters without spaces, received nothing']);
});

t.test('a pool made from origins has every default of a configured one', async (t) => {
  const [pool] = checkConfig({ origins: ['http://o.example'] }).pools;
  t.equal(pool!.name, 'default');
  t.same(pool!.retryOn, { unreachable: true, timeout: true, statuses: [500, 502, 503, 504] });
});
