/**
 * Does memory stay flat? Resident megabytes of the gateway's process before and after many requests, and many keys.
 *
 * Each figure stands beside the floor's after as many requests: V8 lets its heap grow while nothing presses it, whatever the
 * script, so a growth that the passthrough shows too is the runtime's.
 */
import { startGateway, fullConfig, type Contestant } from './contestants.ts';
import { sendBurst, type Generator } from './load.ts';
import { residentMb } from './machine.ts';
import type { Origins, Running } from './processes.ts';
import type { Table } from './sub-bench.ts';
import autocannon from 'autocannon';

async function afterRequests(
  generator: Generator,
  running: Running,
  contestant: Contestant,
  requests: number,
): Promise<(string | number)[]> {
  const burst = { connections: 32, seconds: 1, headers: contestant.headers };
  let sent = (await sendBurst(generator, `${running.url}/json`, burst)).requests;
  const marks = [residentMb(running.pid)];
  for (const share of [0.5, 1]) {
    while (sent < requests * share)
      sent += (await sendBurst(generator, `${running.url}/json`, { ...burst, seconds: 2 })).requests;
    marks.push(residentMb(running.pid));
  }
  return [contestant.name, sent, ...marks.map((mark) => mark.toFixed(0))];
}

/** Sends `count` requests, each with a key of its own. */
async function sendKeys(url: string, prefix: string, count: number): Promise<void> {
  let next = 0;
  const setupRequest = (request: autocannon.Request): autocannon.Request => ({
    ...request,
    headers: { 'x-key': `${prefix}-${next++}` },
  });
  await autocannon({ url: `${url}/json`, connections: 32, amount: count, requests: [{ setupRequest }] });
}

async function afterKeys(origins: Origins, prefix: string, keys: number): Promise<(string | number)[]> {
  const running = await startGateway(fullConfig(origins.urls));
  await sendKeys(running.url, 'good-warm', Math.min(1000, keys));
  const marks = [residentMb(running.pid)];
  for (let half = 0; half < 2; half++) {
    await sendKeys(running.url, `${prefix}-${half}`, Math.ceil(keys / 2));
    marks.push(residentMb(running.pid));
  }
  await running.end();
  return [`${prefix} keys, each its own`, keys, ...marks.map((mark) => mark.toFixed(0))];
}

/** Resident memory after `requests` requests of floor and gateway, and after `keys` different keys, good and bad. */
export async function measureMemory(
  generator: Generator,
  origins: Origins,
  contestants: readonly Contestant[],
  requests: number,
  keys: number,
): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const contestant of contestants.filter(({ kind }) => kind === 'floor' || kind === 'gateway')) {
    const running = await contestant.start(origins);
    rows.push(await afterRequests(generator, running, contestant, requests));
    await running.end();
  }
  for (const prefix of ['good', 'bad']) rows.push(await afterKeys(origins, prefix, keys));
  return {
    title: 'Memory',
    note: 'Resident megabytes of the whole workerd process: at the start, half-way and at the end. The verdict cache holds 100,000 entries.',
    columns: ['', 'requests', 'MB at the start', 'MB half-way', 'MB at the end'],
    rows,
  };
}
