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
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { startOrigin, type Behaviour, type Origin } from '../tests/support/origin.ts';
import { rawRequest } from '../tests/support/raw.ts';
import { findContestants, type Contestant } from './contestants.ts';
import type { Origins, Running } from './processes.ts';

export type Finding = 'all' | 'some' | 'none';
/** By probe, then by contestant. */
export type Findings = Readonly<Record<string, Readonly<Record<string, Finding>>>>;

interface Stage {
  readonly running: Running;
  readonly port: number;
  readonly origins: readonly [Origin, Origin];
}
type Probe = (stage: Stage) => Promise<boolean[]>;

/** A good origin is slow, a bad one fails immediately. */
const WELL: Behaviour = { body: 'well', delayMs: 50 };
/** Long enough for a busy machine; after that no response will come. */
const PATIENCE_MS = 6000;

function behave({ origins }: Stage, behaviour: Behaviour): void {
  for (const origin of origins) origin.behave(behaviour);
}

/** Whether a GET returns the good origin's response. */
function isServed({ port }: Stage): Promise<boolean> {
  return rawRequest(port, {}, { timeoutMs: PATIENCE_MS }).then(
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

export const PROBES: Readonly<Record<string, Probe>> = {
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
    socket.on('error', () => undefined);
    const opened = once(socket, 'open').then(
      () => true,
      () => false,
    );
    const good = await Promise.race([opened, sleep(PATIENCE_MS, false)]);
    socket.terminate();
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

/** Each probe has its own Worker and origins, so that none depends on state from another. */
export async function probeContestant({ start }: Contestant): Promise<Record<string, Finding>> {
  const findings: Record<string, Finding> = {};
  for (const [name, probe] of Object.entries(PROBES)) {
    const origins = [await startOrigin(), await startOrigin()] as const;
    const running = await start({ urls: [origins[0].url, origins[1].url] } as unknown as Origins);
    const stage: Stage = { running, port: Number(new URL(running.url).port), origins };
    findings[name] = inAWord(await probe(stage));
    await running.end();
    await Promise.all(origins.map((origin) => origin.stop()));
  }
  return findings;
}

/** The gateway with all defaults and its peers. */
export function probed(): Contestant[] {
  return findContestants().filter(({ name, kind }) => kind === 'worker' || name === 'gateway');
}

/** All at once: most of the time is spent waiting for responses that never come. */
export async function findAll(): Promise<Findings> {
  const all = await Promise.all(
    probed().map(async (contestant) => [contestant.name, await probeContestant(contestant)] as const),
  );
  return Object.fromEntries(
    Object.keys(PROBES).map((probe) => [
      probe,
      Object.fromEntries(all.map(([name, findings]) => [name, findings[probe]!])),
    ]),
  );
}

if (process.argv[1]?.endsWith('probes.ts') === true) {
  const findings = await findAll();
  writeFileSync(join(import.meta.dirname, '../docs/peers.json'), `${JSON.stringify(findings, null, 2)}\n`);
  console.table(findings);
}
