/**
 * What works: the same probes for every Worker in the bench, on the same runtime, with real origins behind it.
 *
 *   npx node bench/probes.ts      writes docs/peers.json, from which the README's comparison is filled
 *
 * A finding is "all", "some" or "none" of the repetitions, not a count. So it is the same in every run, and a test
 * checks the file against it. Twenty requests distinguish chance from a rule with one error in a million.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startOrigin, type Behaviour, type Origin } from '../tests/support/origin.ts';
import { rawRequest } from '../tests/support/raw.ts';
import { CONTESTANTS, startContestant, type Contestant } from './contestants.ts';
import type { Origins, Running } from './processes.ts';

type Finding = 'all' | 'some' | 'none';
/** By probe, then by contestant. */
export type Findings = Readonly<Record<string, Readonly<Record<string, Finding>>>>;

interface Stage {
  readonly running: Running;
  readonly port: number;
  readonly origins: readonly [Origin, Origin];
}
type Probes = Readonly<Record<string, (stage: Stage) => Promise<boolean[]>>>;

/** A good origin is slow, a bad one fails immediately. */
const WELL: Behaviour = { body: 'well', delayMs: 50 };
/** Long enough for a busy machine; after that no response will come. */
const DEADLINE_MS = 6000;

function behave({ origins }: Stage, behaviour: Behaviour): void {
  for (const origin of origins) origin.behave(behaviour);
}

/** Whether a GET returns the good origin's response. */
function isServed({ port }: Stage): Promise<boolean> {
  return rawRequest(port, {}, { timeoutMs: DEADLINE_MS }).then(
    ({ status, text }) => status === 200 && text === 'well',
    () => false,
  );
}

/** Twenty requests in sequence. */
async function askTwenty(stage: Stage): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let i = 0; i < 20; i++) answers.push(await isServed(stage));
  return answers;
}

/** An origin that is bad: each has a Worker and origins of its own, since a balancer learns. */
const WITH_A_BAD_ORIGIN: Probes = {
  refused: async (stage) => {
    stage.origins[1].behave(WELL);
    await stage.origins[0].refuse();
    const answers = await askTwenty(stage);
    await stage.origins[0].accept();
    return answers;
  },
  unavailable: (stage) => {
    stage.origins[0].behave({ status: 503, body: 'busy' });
    stage.origins[1].behave(WELL);
    return askTwenty(stage);
  },
  /** All twenty at once: in sequence they would take far too long. */
  silent: (stage) => {
    stage.origins[0].behave({ fault: 'hang' });
    stage.origins[1].behave(WELL);
    return Promise.all(Array.from({ length: 20 }, () => isServed(stage)));
  },
};

/** What should cross unchanged, while all is well: one Worker for all of them. */
const CROSSING: Probes = {
  path: async (stage) => {
    behave(stage, WELL);
    await rawRequest(stage.port, { path: '/a/b?q=1' });
    return [stage.origins.some(({ received }) => received.at(-1)?.url === '/a/b?q=1')];
  },
  status: async (stage) => {
    behave(stage, { status: 404 });
    return [(await rawRequest(stage.port)).status === 404];
  },
  redirect: async (stage) => {
    for (const origin of stage.origins)
      origin.behave((received, _request, response) => {
        response.writeHead(received.url === '/there' ? 200 : 302, { location: '/there' }).end();
      });
    return [(await rawRequest(stage.port)).status === 302];
  },
  cookies: async (stage) => {
    behave(stage, { headers: { 'set-cookie': ['a=1', 'b=2'] } });
    return [(await rawRequest(stage.port)).all('set-cookie').length === 2];
  },
  compressed: async (stage) => {
    behave(stage, { gzip: true, body: 'text '.repeat(500) });
    const { body } = await rawRequest(stage.port, { headers: [['Accept-Encoding', 'gzip']] });
    return [body.equals(gzipSync('text '.repeat(500)))];
  },
  websocket: async (stage) => {
    behave(stage, WELL);
    const socket = new WebSocket(stage.running.url.replace('http', 'ws'));
    const opened = once(socket, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
    const good = await opened.then(
      () => true,
      () => false,
    );
    socket.close();
    return [good];
  },
  forged: async (stage) => {
    behave(stage, WELL);
    await rawRequest(stage.port, { headers: [['X-Forwarded-For', '192.0.2.1']] });
    const seen = stage.origins.flatMap(({ received }) =>
      received.map(({ header }) => header('x-forwarded-for')),
    );
    // A request that reached no origin proves nothing.
    return [seen.length > 0 && !seen.some((value) => value?.includes('192.0.2.1'))];
  },
};

function inAWord(answers: readonly boolean[]): Finding {
  const good = answers.filter(Boolean).length;
  return good === 0 ? 'none' : good === answers.length ? 'all' : 'some';
}

async function probe(contestant: Contestant, probes: Probes): Promise<Record<string, Finding>> {
  const origins = [await startOrigin(), await startOrigin()] as const;
  const urls = [origins[0].url, origins[1].url];
  const running = await startContestant(contestant, { urls } as unknown as Origins);
  const stage: Stage = { running, port: Number(new URL(running.url).port), origins };
  const findings: Record<string, Finding> = {};
  for (const [name, ask] of Object.entries(probes)) {
    for (const { received } of origins) received.length = 0;
    findings[name] = inAWord(await ask(stage));
  }
  await running.stop();
  await Promise.all(origins.map((origin) => origin.stop()));
  return findings;
}

/** The gateway with all defaults and its peers, all at once: most of the time nothing comes. */
export async function findAll(): Promise<Findings> {
  const contestants = CONTESTANTS.filter(({ name, kind }) => kind === 'peer' || name === 'gateway');
  const found = await Promise.all(
    contestants.map(async (contestant) => {
      const findings = await probe(contestant, CROSSING);
      for (const [name, ask] of Object.entries(WITH_A_BAD_ORIGIN))
        Object.assign(findings, await probe(contestant, { [name]: ask }));
      return findings;
    }),
  );
  const findingsOf = (name: string) =>
    Object.fromEntries(contestants.map((one, i) => [one.name, found[i]![name]!]));
  const names = Object.keys({ ...WITH_A_BAD_ORIGIN, ...CROSSING });
  return Object.fromEntries(names.map((name) => [name, findingsOf(name)]));
}

if (process.argv[1]?.endsWith('probes.ts') === true) {
  const findings = await findAll();
  writeFileSync(join(import.meta.dirname, '../docs/peers.json'), `${JSON.stringify(findings, null, 2)}\n`);
  console.table(findings);
}
