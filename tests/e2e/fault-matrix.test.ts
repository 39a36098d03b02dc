/**
 * Every way in which an origin fails, against every kind of request, with one bad origin of two, of three, and all bad:
 * what the caller gets, and how many requests each origin got. On real workerd, with real servers. One gateway has a
 * pool for each combination; a new pool knows as little as a fresh isolate.
 */
import t from 'tap';
import { gatewayFor } from '../support/gateway.ts';
import { originFor } from '../support/origin.ts';
import type { Behaviour, Origin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawAnswer, RawRequest } from '../support/raw.ts';

// Hundreds of real requests, some to servers that never respond, on a machine that may be busy.
t.setTimeout(900_000);

/**
 * On a slow machine the healthy origin is late as well: hedges would spend the retry budget and add requests.
 * Short only if the fault is a time-out; a hung origin never responds.
 */
const LONG_TIMEOUTS = { timeoutMs: 60_000, totalTimeoutMs: 120_000, hedge: false } as const;
const SHORT_TIMEOUTS = { timeoutMs: 5000, totalTimeoutMs: 15_000 } as const;
/** For a busy machine: process switches, not waiting by design. */
const SLACK_MS = 30_000;

interface FaultCase {
  readonly behaviour: Behaviour | 'refused';
  /** What the caller gets if every origin has this fault. */
  readonly allBad: readonly number[];
  /** The fault comes after the headers: the caller already has them, so no retry can help. */
  readonly late?: true;
  /** The server plays the platform, which says that the origin was never reached: a request to it is not delivered. */
  readonly platform?: true;
  /** No fault to a caller that waits. */
  readonly harmless?: true;
}
const FAULTS: Record<string, FaultCase> = {
  refused: { behaviour: 'refused', allBad: [502] },
  reset: { behaviour: { fault: 'reset' }, allBad: [502] },
  'reset-in-body': {
    behaviour: { fault: 'reset-in-body', body: 'x'.repeat(1000) },
    allBad: [200],
    late: true,
  },
  hung: { behaviour: { fault: 'hang' }, allBad: [504] },
  'slow-drip': { behaviour: { pieces: ['o', 'k'], everyMs: 60 }, allBad: [200], harmless: true },
  '503': { behaviour: { status: 503 }, allBad: [503] },
  '500': { behaviour: { status: 500 }, allBad: [500] },
  'wrong-bytes': { behaviour: { fault: 'garbage' }, allBad: [502] },
  '502': { behaviour: { status: 502 }, allBad: [502] },
  '504': { behaviour: { status: 504 }, allBad: [504] },
  '521': { behaviour: { status: 521 }, allBad: [502], platform: true },
  '530': { behaviour: { status: 530 }, allBad: [502], platform: true },
  '520': { behaviour: { status: 520 }, allBad: [502] },
  '522': { behaviour: { status: 522 }, allBad: [504] },
};
const METHODS = {
  GET: { method: 'GET' },
  HEAD: { method: 'HEAD' },
  POST: { method: 'POST', body: '{"pay":1}' },
  PUT: { method: 'PUT', body: '{"pay":1}', headers: [['Idempotency-Key', 'k1']] },
} as const;
/** How many origins are bad, and how many there are. */
const LAYOUTS = { two: [1, 2], three: [1, 3], all: [2, 2] } as const;
/** Consecutive requests to a fresh pool: the first ones discover the fault, the last ones must avoid it. */
const ROUNDS = 5;
const BURST = 'burst';
const BURSTS = ['refused', 'reset', 'hung', '503'];

interface Cell {
  readonly fault: string;
  readonly kind: keyof typeof METHODS;
  readonly layout: keyof typeof LAYOUTS;
}
interface Round {
  readonly answer: RawAnswer | null;
  /** The number of requests at each of the pool's origins. */
  readonly counts: number[];
}

const kinds = Object.keys(METHODS) as Cell['kind'][];
const layouts = Object.keys(LAYOUTS) as Cell['layout'][];
const cellsOf = (fault: string): Cell[] =>
  layouts.flatMap((layout) => kinds.map((kind) => ({ fault, kind, layout })));
const nameOf = ({ fault, kind, layout }: Cell): string => `${fault}-${kind}-${layout}`;
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

void t.test('faults', { jobs: Object.keys(FAULTS).length }, async (t) => {
  const good = await Promise.all([originFor(t), originFor(t)]);
  const bad = new Map<string, [Origin, Origin]>();
  for (const [fault, { behaviour }] of Object.entries(FAULTS)) {
    const isRefused = behaviour === 'refused';
    const two = await Promise.all([1, 2].map(() => originFor(t, isRefused ? {} : behaviour)));
    if (isRefused) await Promise.all(two.map((origin) => origin.refuse()));
    bad.set(fault, two as [Origin, Origin]);
  }
  const settingsOf = ({ fault }: Cell) => (fault === 'hung' ? SHORT_TIMEOUTS : LONG_TIMEOUTS);
  const originsOf = ({ fault, layout }: Cell): Origin[] => {
    const [ofBad, all] = LAYOUTS[layout];
    return [...bad.get(fault)!.slice(0, ofBad), ...good.slice(0, all - ofBad)];
  };
  const cells = Object.keys(FAULTS).flatMap(cellsOf);
  const poolOf = (origins: readonly Origin[], settings: object) => ({
    origins: origins.map(({ url }) => url),
    ...settings,
  });
  const pools = Object.fromEntries([
    ...cells.map((cell) => [nameOf(cell), poolOf(originsOf(cell), settingsOf(cell))]),
    // None may be lost, so no budget limits retries.
    ...BURSTS.map((fault) => [
      `${BURST}-${fault}`,
      poolOf([bad.get(fault)![0], good[0]!], {
        ...LONG_TIMEOUTS,
        ...(fault === 'hung' ? { timeoutMs: 20_000, retryBudgetPercent: 10_000 } : {}),
      }),
    ]),
  ]) as Record<string, { origins: string[] }>;
  const gateway = await gatewayFor(t, {
    pools,
    routes: Object.keys(pools).map((pool) => ({ paths: [`/${pool}/`], pool })),
  });

  async function play(cell: Cell): Promise<Round[]> {
    const rounds: Round[] = [];
    const { headers = [], ...request }: RawRequest = METHODS[cell.kind];
    for (let i = 0; i < (cell.layout === 'all' ? 2 : ROUNDS); i++) {
      const path = `/${nameOf(cell)}/${i}`;
      const answer = await rawRequest(
        gateway.port,
        { ...request, path, headers: [...headers, ['Connection', 'close']] },
        { timeoutMs: settingsOf(cell).totalTimeoutMs + SLACK_MS },
      ).catch(() => null);
      const counts = originsOf(cell).map(({ received }) => received.filter(({ url }) => url === path).length);
      rounds.push({ answer, counts });
    }
    return rounds;
  }

  for (const [name, fault] of Object.entries(FAULTS))
    void t.test(`${name}: safe requests succeed, unsafe ones arrive at most once`, async (t) => {
      const ofFault = cellsOf(name);
      const played = await Promise.all(ofFault.map(play));
      for (const [at, { kind, layout }] of ofFault.entries()) {
        const rounds = played[at]!;
        const observed = rounds
          .map(({ answer, counts }) => `${answer?.status ?? 'nothing'}, requests ${counts.join('+')}`)
          .join('; ');
        const every = (holds: (round: Round) => boolean, what: string): void =>
          void t.ok(rounds.every(holds), `${what}. ${kind}, ${layout}: ${observed}`);
        every(({ answer }) => answer !== null, 'no one waits longer than totalTimeoutMs');
        if (layout === 'all')
          every(({ answer }) => fault.allBad.includes(answer?.status ?? 0), fault.allBad.join(' or '));
        else if (fault.late) every(({ answer }) => answer?.status === 200, 'the headers are there');
        else if (kind !== 'POST') every(({ answer }) => answer?.status === 200, 'served by a healthy origin');
        const first = fault.platform ? LAYOUTS[layout][0] : 0;
        if (kind === 'POST') every(({ counts }) => sum(counts.slice(first)) <= 1, 'never delivered twice');
        else every(({ counts }) => sum(counts) <= 3, 'three attempts at most');
        if (fault.late && kind === 'GET')
          every(
            ({ answer }) => !answer?.complete || answer.text === 'ok',
            'half a body never looks complete',
          );
        if (fault.harmless) every(({ counts }) => sum(counts) === 1, 'one request');
      }
    });

  for (const fault of BURSTS)
    void t.test(`${fault}: sixty concurrent GETs to a fresh pool all succeed`, async (t) => {
      const path = `/${BURST}-${fault}/`;
      const statuses = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const answer = await fetch(`${gateway.url}${path}${i}`);
          await answer.text();
          return answer.status;
        }),
      );
      t.strictSame([...new Set(statuses)], [200]);
      const counts = [bad.get(fault)![0], good[0]!].map(
        ({ received }) => received.filter(({ url }) => url.startsWith(path)).length,
      );
      t.ok(sum(counts) <= 120, 'two attempts for each at most');
    });
});
