/**
 * Every way in which an origin fails, against every kind of request, with one bad origin of two, of three, and all bad:
 * what the caller gets, how often each origin was asked, how long it took. On real workerd, with real servers.
 */
import t from 'tap';
import { startGateway, startGateways } from '../support/gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { startOrigin } from '../support/origin.ts';
import type { Behaviour, Origin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawAnswer, RawRequest } from '../support/raw.ts';

// Hundreds of real requests, some of them to servers that never answer, on a machine that may be busy.
t.setTimeout(900_000);

/**
 * On a slow machine the good one is late as well: hedges would spend what the retries need, and be asked beside them.
 * Only where a time-out is what is played it is short.
 */
const UNHURRIED = { timeoutMs: 60_000, totalTimeoutMs: 120_000, hedge: false } as const;
const IMPATIENT = { timeoutMs: 3000, totalTimeoutMs: 9000 } as const;
/** On a busy machine: process switches, not waiting by design. A hung origin never answers at all. */
const SLACK_MS = 30_000;

interface FaultCase {
  readonly behaviour: Behaviour | 'refused';
  /** What the caller gets when every origin is like that. */
  readonly allBad: readonly number[];
  /** The fault comes after the headers: the caller has them by then, and no second try can help. */
  readonly late?: true;
  /** The server stands for the platform, which says that the origin was never reached: being asked is not being delivered. */
  readonly platform?: true;
  /** No fault at all to a patient caller. */
  readonly harmless?: true;
}
const FAULTS: Record<string, FaultCase> = {
  refused: { behaviour: 'refused', allBad: [502] },
  'reset before headers': { behaviour: { fault: 'reset' }, allBad: [502] },
  'reset in the body': {
    behaviour: { fault: 'reset-in-body', body: 'x'.repeat(1000) },
    allBad: [200],
    late: true,
  },
  hung: { behaviour: { fault: 'hang' }, allBad: [504] },
  'slow drip': { behaviour: { pieces: ['o', 'k'], everyMs: 60 }, allBad: [200], harmless: true },
  '503': { behaviour: { status: 503 }, allBad: [503] },
  '500': { behaviour: { status: 500 }, allBad: [500] },
  'wrong bytes': { behaviour: { fault: 'garbage' }, allBad: [502] },
  '521': { behaviour: { status: 521 }, allBad: [502], platform: true },
  '520': { behaviour: { status: 520 }, allBad: [502] },
  '522': { behaviour: { status: 522 }, allBad: [504] },
};
const METHODS = {
  GET: { method: 'GET' },
  HEAD: { method: 'HEAD' },
  POST: { method: 'POST', body: '{"pay":1}' },
  'PUT with Idempotency-Key': { method: 'PUT', body: '{"pay":1}', headers: [['Idempotency-Key', 'k1']] },
} as const;
const LAYOUTS = { 'one of two': [1, 2], 'one of three': [1, 3], all: [2, 2] } as const;
/** Requests in a row to a fresh isolate: the first ones meet the fault unprepared, the last ones must know. */
const ROUNDS = 5;

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

interface Round {
  readonly answer: RawAnswer | null;
  readonly ms: number;
  /** How often each origin was asked for it. */
  readonly asked: number[];
}
interface Cell {
  readonly kind: keyof typeof METHODS;
  readonly layout: keyof typeof LAYOUTS;
  readonly origins: readonly Origin[];
}

/** Origins of its own for each kind of request in each layout. */
function cellsOf({ behaviour }: FaultCase): Promise<Cell[]> {
  const kinds = Object.keys(METHODS) as (keyof typeof METHODS)[];
  const layouts = Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[];
  const start = async (isBad: boolean): Promise<Origin> => {
    const origin = await startOrigin(isBad && behaviour !== 'refused' ? behaviour : {});
    if (isBad && behaviour === 'refused') await origin.refuse();
    return origin;
  };
  return Promise.all(
    layouts.flatMap((layout) =>
      kinds.map(async (kind) => {
        const [bad, all] = LAYOUTS[layout];
        return {
          kind,
          layout,
          origins: await Promise.all(Array.from({ length: all }, (_, i) => start(i < bad))),
        };
      }),
    ),
  );
}

async function play({ kind, layout, origins }: Cell, gateway: Gateway, timeoutMs: number): Promise<Round[]> {
  const rounds: Round[] = [];
  const { headers = [], ...request }: RawRequest = METHODS[kind];
  for (let i = 0; i < (layout === 'all' ? 2 : ROUNDS); i++) {
    const from = Date.now();
    const answer = await rawRequest(
      gateway.port,
      { ...request, path: `/round/${i}`, headers: [...headers, ['Connection', 'close']] },
      { timeoutMs },
    ).catch(() => null);
    const asked = origins.map(({ received }) => received.filter(({ url }) => url === `/round/${i}`).length);
    rounds.push({ answer, ms: Date.now() - from, asked });
  }
  return rounds;
}

for (const [name, fault] of Object.entries(FAULTS))
  void t.test(`${name}: safe requests get through, unsafe ones arrive once at most`, async (t) => {
    const settings = name === 'hung' ? IMPATIENT : UNHURRIED;
    const cells = await cellsOf(fault);
    const gateways = await startGateways(
      cells.map(({ origins }) => ({
        config: {
          pools: { api: { origins: origins.map(({ url }) => url), ...settings } },
          routes: [{ pool: 'api' }],
        },
        options: {},
      })),
    );
    t.teardown(() =>
      Promise.all([gateways[0]!, ...cells.flatMap(({ origins }) => origins)].map((one) => one.stop())),
    );
    const played = await Promise.all(
      cells.map((cell, at) => play(cell, gateways[at]!, settings.totalTimeoutMs + SLACK_MS)),
    );
    for (const [at, { kind, layout }] of cells.entries()) {
      const rounds = played[at]!;
      const told = rounds
        .map(
          ({ answer, asked, ms }) => `${answer?.status ?? 'nothing'} in ${ms} ms, asked ${asked.join('+')}`,
        )
        .join('; ');
      const every = (holds: (round: Round) => boolean, what: string): void =>
        void t.ok(rounds.every(holds), `${what}. ${kind}, ${layout}: ${told}`);
      every(({ answer }) => answer !== null, 'nobody waits longer than totalTimeoutMs');
      if (layout === 'all')
        every(({ answer }) => fault.allBad.includes(answer?.status ?? 0), fault.allBad.join(' or '));
      else if (fault.late) every(({ answer }) => answer?.status === 200, 'the headers are there');
      else if (kind !== 'POST') every(({ answer }) => answer?.status === 200, 'served by whoever is well');
      const first = fault.platform ? LAYOUTS[layout][0] : 0;
      if (kind === 'POST') every(({ asked }) => sum(asked.slice(first)) <= 1, 'never delivered twice');
      else every(({ asked }) => sum(asked) <= 3, 'three attempts at most');
      if (fault.late && kind === 'GET')
        every(({ answer }) => !answer?.complete || answer.text === 'ok', 'half a body never looks whole');
      if (fault.harmless) every(({ asked }) => sum(asked) === 1, 'asked once');
    }
  });

const LAVISH = { timeoutMs: 20_000, totalTimeoutMs: 120_000, retryBudgetPercent: 10_000 } as const;

t.test(
  'a burst meets a fresh isolate: sixty GETs at once, half of them at the bad one of two, none is lost',
  async (t) => {
    const kinds: Record<string, Behaviour | 'refused'> = {
      refused: 'refused',
      reset: { fault: 'reset' },
      hung: { fault: 'hang' },
      '503': { status: 503 },
    };
    for (const [name, behaviour] of Object.entries(kinds)) {
      const bad = await startOrigin(behaviour === 'refused' ? {} : behaviour);
      const well = await startOrigin({ delayMs: 20 });
      if (behaviour === 'refused') await bad.refuse();
      const gateway = await startGateway({
        pools: {
          api: { origins: [bad.url, well.url], ...(name === 'hung' ? LAVISH : UNHURRIED) },
        },
        routes: [{ pool: 'api' }],
      });
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          fetch(`${gateway.url}/${i}`).then(
            (answer) => answer.text().then(() => answer.status),
            () => 0,
          ),
        ),
      );
      t.strictSame([...new Set(answers)], [200], name);
      t.ok(bad.received.length + well.received.length <= 120, 'two attempts for each at most');
      await gateway.stop();
      await Promise.all([bad.stop().catch(() => undefined), well.stop()]);
    }
  },
);
