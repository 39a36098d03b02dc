/** The cost of the script itself: CPU time to start, bytes, subrequests per request. */
import { minify, smallestSize } from '../cli/build/build.ts';
import { startContestant, type Contestant } from './contestants.ts';
import { median, takeTurns } from './figures.ts';
import { cpuMicros } from './machine.ts';
import { startOrigins, startWorker, type Origins } from './processes.ts';
import type { Part } from './part.ts';

/** The smallest script that workerd accepts: its start costs only the runtime's own time. */
const EMPTY = "addEventListener('fetch', (event) => event.respondWith(new Response(null)));";

/** CPU milliseconds until the process listens, above that of the empty script. */
async function startTimes(
  origins: Origins,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<number[]> {
  const [empty = [], ...others] = await takeTurns([null, ...contestants], rounds, async (one) => {
    const running = await (one ? startContestant(one, origins) : startWorker(EMPTY, 'script', null));
    const used = cpuMicros(running.pid) / 1000;
    await running.stop();
    return used;
  });
  return others.map((samples) => median(samples.map((ms, round) => ms - empty[round]!)));
}

/** Requests at the origin per request of the caller, once everything is warm. */
async function subrequests(contestant: Contestant, origins: Origins): Promise<number> {
  const { headers } = contestant;
  const running = await startContestant(contestant, origins);
  const ask = async (times: number): Promise<void> => {
    for (let sent = 0; sent < times; sent++) await (await fetch(`${running.url}/json`, { headers })).text();
  };
  const count = async (): Promise<number> => Number(await (await fetch(`${origins.url}/count`)).text());
  await ask(20);
  await count();
  await ask(100);
  const seen = await count();
  await running.stop();
  return seen / 100;
}

export const SCRIPTS = 'The script itself';

export const scripts: Part = {
  name: 'scripts',
  run: async ({ contestants, smoke }) => {
    const origins = await startOrigins();
    const starts = await startTimes(origins, contestants, smoke ? 1 : 5);
    const rows: (string | number)[][] = [];
    for (const [i, contestant] of contestants.entries()) {
      const text = await contestant.script(origins);
      const bytes = [text, await minify(text)].map((one) => Buffer.byteLength(one));
      const sent = await subrequests(contestant, origins);
      rows.push([
        contestant.name,
        starts[i]!.toFixed(1),
        ...bytes,
        await smallestSize(text),
        sent.toFixed(2),
      ]);
    }
    await origins.stop();
    return [
      {
        title: SCRIPTS,
        note: 'Start-up is CPU time of the process until it listens, above that of an empty script. Subrequests are counted at the origin after 20 requests of warming up.',
        columns: [
          '',
          'start-up, CPU ms',
          'bytes',
          'minified',
          'minified and gzipped',
          'subrequests a request',
        ],
        rows,
      },
    ];
  },
};
