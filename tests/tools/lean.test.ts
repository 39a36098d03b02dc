/**
 * What is built for a configuration does what the whole does with it: any configurations and any requests, both scripts played side by
 * side. Eight cases, other ones with LEAN_FROM=1000, more with LEAN_CASES=300. A case is told by its seed.
 */
import { readdirSync } from 'node:fs';
import t from 'tap';
import type { Test } from 'tap';
import { checkConfig } from '../../lib/check-config.ts';
import { ROOT } from '../../tools/build.ts';
import { readConfig } from '../../tools/read-config.ts';
import { anyConfig, diceOf } from '../support/any-config.ts';
import type { Part } from '../support/any-config.ts';
import { anyPlan } from '../support/any-requests.ts';
import { buildFor, currentScript } from '../support/gateway.ts';
import { playScript } from '../support/played-script.ts';
import type { Plan, Story, Told } from '../support/played-script.ts';

const FROM = Number(process.env['LEAN_FROM'] ?? 20261125);
const CASES = Number(process.env['LEAN_CASES'] ?? 8);
const WHOLE = await currentScript();
t.setTimeout(60_000 + CASES * 20_000);

const isRace = (script: string): boolean => script.includes('race-only.ts for');

/** Where all pools race a stand-in decides that learns nothing, hedges nothing and repeats without a budget: the whole is told to do so. */
function unlearning(config: Part): Part {
  const off = { outlier: false, hedge: false, retryBudgetPercent: 10_000 };
  const pools = Object.entries(config['pools'] as Record<string, Part>);
  return { ...config, pools: Object.fromEntries(pools.map(([name, pool]) => [name, { ...pool, ...off }])) };
}

/** The rest hangs on chance where pools race: who of several bad ones is told, and whom an unsafe request reaches. */
function sureOf({ answer, sent, asked }: Told): string[] | null {
  const [head = '', ...rest] = answer;
  const places = sent
    // Neither questions nor the version call.
    .filter((line) => line.includes(` | ${asked.split(' ')[0]} | `) && !line.includes('login_api'))
    .map((line) => line.split(' | '))
    .map(([, , url]) => url);
  const isSafe = /^(GET|HEAD|OPTIONS) /.test(asked);
  const isGood = !/, 50[0234]$/.test(head);
  const isSure = isGood && (places.length === 0 || (isSafe && new Set(places).size === places.length));
  return isSure
    ? [head.replace(/^\d+ ms, /, ''), ...rest.filter((line) => !/^(version|server-timing):/.test(line))]
    : null;
}

function compare(t: Test, name: string, whole: Story, lean: Story, race: boolean): void {
  if ('refused' in whole || 'refused' in lean) return void t.same(lean, whole, name);
  for (const [at, told] of whole.told.entries()) {
    const other = lean.told[at]!;
    const sure = race ? sureOf(told) : null;
    if (!race) t.same(other, told, `${name}, ${told.asked}`);
    else if (sure) t.same(sureOf(other), sure, `${name}, ${told.asked}`);
    // From here on the two clocks differ, and a limit counts by the clock.
    else if (/imits?"/.test(name)) return;
  }
}

/** On top of its own script, and bound to it. */
async function playBoth(t: Test, title: string, config: Part, plan: Plan): Promise<string> {
  const name = `${title} ${JSON.stringify(config)}`;
  const script = await buildFor(config);
  const race = isRace(script);
  const whole = await playScript(WHOLE, race ? unlearning(config) : config, plan);
  compare(t, name, whole, await playScript(script, undefined, plan), race);
  const brief = { ...plan, asked: plan.asked.slice(0, 3) };
  const bound = await playScript(WHOLE, race ? unlearning(config) : config, brief);
  compare(t, `${name}, bound`, bound, await playScript(script, JSON.stringify(config), brief), race);
  return script;
}

for (const folder of readdirSync(`${ROOT}/examples`)) {
  const file = readdirSync(`${ROOT}/examples/${folder}`).find((name) =>
    /^(gateway\.json|config\.js)$/.test(name),
  );
  if (!file) continue;
  t.test(`the example ${folder}`, async (t) => {
    const config = readConfig(`${ROOT}/examples/${folder}/${file}`).value as Part;
    await playBoth(t, folder, config, anyPlan(diceOf(FROM), FROM));
  });
}

/** Builds for these once did otherwise: what leads into a room, or makes a default wrong, is not always the setting next to it. */
const ONCE: Record<string, Part> = {
  'limits of consumers bring the check of routes': {
    origins: ['http://a.example'],
    consumerLimits: { c1: { second: 2 } },
  },
  'a profile of Kong normalises paths without any route': {
    origins: ['https://a.example', 'https://b.example/base'],
    answers: 'kong-2018',
  },
  'what a caller spoils is told to the caller, also where pools race': {
    pools: { api: { origins: ['https://a.example', 'https://b.example'], balance: 'race' } },
  },
  'an attempt that was called off is no answer, also over plain http': {
    pools: { api: { origins: ['http://a.example', 'http://b.example'], balance: 'race' } },
    status: { path: '/status', token: 'long-enough-token' },
  },
};
for (const [name, config] of Object.entries(ONCE))
  t.test(name, async (t) => void (await playBoth(t, name, config, anyPlan(diceOf(7), 7, 40))));

const WRONG = [
  null,
  -1,
  0,
  '',
  'x',
  true,
  false,
  [],
  {},
  [null],
  'race',
  { path: '/' },
  ['https://a.example'],
];

function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}
function withValue(config: unknown, [head, ...rest]: readonly string[], value: unknown): unknown {
  if (head === undefined) return value;
  const inner = (config as Part)[head];
  const put = withValue(inner, rest, value);
  return Array.isArray(config) ? config.with(Number(head), put) : { ...(config as Part), [head]: put };
}

/** Other configurations that may be bound to a script: half another one's, one value changed, one word that is off. */
function others(seed: number, config: Part): unknown[] {
  const dice = diceOf(seed + 1);
  const [key, value] = dice.of(...Object.entries(anyConfig(dice)));
  const changed = Array.from({ length: 12 }, () =>
    withValue(config, dice.of(...placesIn(config).slice(1)), dice.of(...WRONG)),
  );
  const off = ['consumers', 'consumerLimits', 'kong', 'stamp', 'cors', 'auth', 'routes', 'nobody'];
  const named = {
    ...config,
    pools: { ...(config['pools'] as object), canary: { origins: ['http://a'], balance: 'race' } },
  };
  return [
    { ...config, [key]: value },
    named,
    ...changed,
    ...off.map((word) => ({ ...config, [word]: false })),
  ];
}

/** Both refuse, or the small one for what it lacks; or both accept, and do the same. */
async function bindOther(t: Test, name: string, script: string, config: unknown, plan: Plan): Promise<void> {
  const race = isRace(script);
  const lean = await playScript(script, config, plan);
  const whole = await playScript(WHOLE, config, plan);
  const told = `${name} ${JSON.stringify(config)}`;
  if ('refused' in lean) {
    const lacks = lean.refused.includes('npm run build -- --config FILE');
    if (!lacks && !race) t.same(lean, whole, told);
    else t.match(lean.refused, /^Cannot use the configuration:\n/, told);
    if ('told' in whole) t.ok(lacks, told);
  } else {
    if ('refused' in whole) t.fail(`${told} is refused by the whole: ${whole.refused}`);
    else if (!race) compare(t, told, whole, lean, race);
  }
}

for (let seed = FROM; seed < FROM + CASES; seed++)
  t.test(`seed ${seed}`, async (t) => {
    const dice = diceOf(seed);
    const config = anyConfig(dice);
    t.ok(checkConfig(config), 'it is a good one');
    const plan = anyPlan(dice, seed);
    const script = await playBoth(t, `${seed}`, config, plan);
    const brief = { ...plan, asked: plan.asked.slice(0, 3) };
    for (const other of others(seed, config)) await bindOther(t, `${seed}`, script, other, brief);
  });
