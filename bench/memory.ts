/**
 * Does memory stay flat? Measures the Worker's live heap after a forced collection, before, half-way through and after
 * many requests, and many keys; what a script retains per request or key is the growth of the second half, divided.
 *
 * The resident size is shown too: without memory pressure V8 lets its heap grow, whatever the script, as the floor
 * shows.
 */
import autocannon from 'autocannon';
import { fullConfig, readGateway, type Contestant } from './contestants.ts';
import { startWatched, type Watched } from './heap.ts';
import { sendBurst } from './load.ts';
import { residentMb } from './machine.ts';
import { startOrigins, type Origins } from './processes.ts';
import type { Part } from './part.ts';

type Row = (string | number)[];
/** Sends so many requests. */
type Send = (running: Watched, count: number) => Promise<unknown>;

async function watchGrowth(name: string, running: Watched, total: number, send: Send): Promise<Row> {
  const first = Math.min(1000, total / 10);
  const marks: number[] = [];
  for (const count of [first, total / 2 - first, total / 2]) {
    await send(running, Math.ceil(count));
    marks.push(await running.liveBytes());
  }
  const perRequest = (marks[2]! - marks[1]!) / (total / 2);
  const megabytes = marks.map((bytes) => (bytes / 1e6).toFixed(2));
  const row = [name, total, ...megabytes, perRequest.toFixed(1), residentMb(running.pid).toFixed(0)];
  await running.stop();
  return row;
}

async function afterRequests(origins: Origins, contestant: Contestant, total: number): Promise<Row> {
  const { name, headers, script, config } = contestant;
  const running = await startWatched(await script(origins), config(origins));
  return watchGrowth(name, running, total, (to, amount) =>
    sendBurst(to, { connections: 32, seconds: 0, amount, headers }),
  );
}

/** Each request has a different key. */
async function afterKeys(origins: Origins, prefix: 'good' | 'bad', total: number): Promise<Row> {
  const running = await startWatched(readGateway(), fullConfig(origins));
  let next = 0;
  const setupRequest = (request: autocannon.Request): autocannon.Request => ({
    ...request,
    headers: { 'x-key': `${prefix}-${next++}` },
  });
  return watchGrowth(`${prefix} keys, each its own`, running, total, async ({ url }, amount) =>
    autocannon({ url: `${url}/json`, connections: 32, amount, requests: [{ setupRequest }] }),
  );
}

export const memory: Part = {
  name: 'memory',
  run: async ({ contestants, full, smoke }) => {
    const [requests, keys] = full ? [1_000_000, 1_000_000] : smoke ? [400, 400] : [40_000, 10_000];
    const origins = await startOrigins();
    const rows: Row[] = [];
    for (const contestant of contestants.filter(
      ({ name, kind }) => kind === 'gateway' || name === 'passthrough',
    ))
      rows.push(await afterRequests(origins, contestant, requests));
    for (const prefix of ['good', 'bad'] as const) rows.push(await afterKeys(origins, prefix, keys));
    await origins.stop();
    return [
      {
        title: 'Memory',
        note: 'Live heap of the Worker after a forced collection, and what the second half of the requests left in it, each. The verdict cache holds 100,000 good keys and a quarter as many bad ones, 250 to 650 bytes each: until it is full, new keys stay. The resident size is of the whole process, and V8 lets it grow while nothing presses it.',
        columns: [
          ...['', 'requests', 'live MB at the start', 'half-way', 'at the end'],
          ...['bytes kept of a request', 'resident MB'],
        ],
        rows,
      },
    ];
  },
};
