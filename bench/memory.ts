/**
 * Does memory stay flat? Measures the Worker's live heap after a forced collection, before, half-way through and after
 * many requests, and many keys; what a script retains per request or key is the growth of the second half, divided.
 *
 * The resident size is shown too: without memory pressure V8 lets its heap grow, whatever the script, as the floor
 * shows.
 */
import { fullConfig, readGateway, type Contestant } from './contestants.ts';
import { startWatched, type Watched } from './heap.ts';
import { sendBurst, type Generator } from './load.ts';
import { residentMb } from './machine.ts';
import type { Origins } from './processes.ts';
import type { Table } from './sub-bench.ts';
import autocannon from 'autocannon';

type Row = (string | number)[];

/** Measures one row: `send` sends at least `count` more requests and returns how many. */
async function watchGrowth(
  name: string,
  running: Watched,
  total: number,
  send: (count: number) => Promise<number>,
): Promise<Row> {
  let sent = await send(Math.min(1000, total / 10));
  const marks = [await running.liveBytes()];
  let half = 0;
  for (const share of [0.5, 1]) {
    half = sent;
    if (sent < total * share) sent += await send(total * share - sent);
    marks.push(await running.liveBytes());
  }
  const perRequest = (marks[2]! - marks[1]!) / Math.max(1, sent - half);
  const resident = residentMb(running.pid);
  await running.end();
  return [
    name,
    sent,
    ...marks.map((bytes) => (bytes / 1e6).toFixed(2)),
    perRequest.toFixed(1),
    resident.toFixed(0),
  ];
}

async function afterRequests(
  generator: Generator,
  origins: Origins,
  contestant: Contestant,
  requests: number,
): Promise<Row> {
  const { script, config } = await contestant.source!(origins);
  const running = await startWatched(script, config);
  const burst = { connections: 32, seconds: 2, headers: contestant.headers };
  return watchGrowth(contestant.name, running, requests, async (count) => {
    let sent = 0;
    while (sent < count) sent += (await sendBurst(generator, `${running.url}/json`, burst)).requests;
    return sent;
  });
}

/** Sends `count` requests, each with a different key. */
async function sendKeys(url: string, prefix: string, count: number): Promise<void> {
  let next = 0;
  const setupRequest = (request: autocannon.Request): autocannon.Request => ({
    ...request,
    headers: { 'x-key': `${prefix}-${next++}` },
  });
  await autocannon({ url: `${url}/json`, connections: 32, amount: count, requests: [{ setupRequest }] });
}

async function afterKeys(origins: Origins, prefix: string, keys: number): Promise<Row> {
  const running = await startWatched(readGateway(), fullConfig(origins.urls));
  let turn = 0;
  return watchGrowth(`${prefix} keys, each its own`, running, keys, async (count) => {
    await sendKeys(running.url, `${prefix}-${turn++}`, Math.ceil(count));
    return Math.ceil(count);
  });
}

/** Live heap and resident size after `requests` requests of floor and gateway, and after `keys` different keys, good and bad. */
export async function measureMemory(
  generator: Generator,
  origins: Origins,
  contestants: readonly Contestant[],
  requests: number,
  keys: number,
): Promise<Table> {
  const rows: Row[] = [];
  for (const contestant of contestants.filter(({ source }) => source !== null))
    rows.push(await afterRequests(generator, origins, contestant, requests));
  for (const prefix of ['good', 'bad']) rows.push(await afterKeys(origins, prefix, keys));
  return {
    title: 'Memory',
    note: 'Live heap of the Worker after a forced collection, and what the second half of the requests left in it, each. The verdict cache holds 100,000 good keys and a quarter as many bad ones, 250 to 650 bytes each: until it is full, new keys stay. The resident size is of the whole process, and V8 lets it grow while nothing presses it.',
    columns: [
      '',
      'requests',
      'live MB at the start',
      'half-way',
      'at the end',
      'bytes kept of a request',
      'resident MB',
    ],
    rows,
  };
}
