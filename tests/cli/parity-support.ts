/** Runs `edge-gateway parity` with two test origins in place of the gateways. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';
import type { Exchange, Summary } from '../../cli/parity/tally.ts';
import { ROOT } from '../../cli/paths.ts';
import { act, originsFor, type Behaviour, type Handler } from '../support/origin.ts';
import { call, type Ended } from './call.ts';
import { CASES } from './parity-cases.ts';

/** `write` returns the file's path. */
export function makeFolder(t: Pick<Test, 'testdir'>) {
  const folder = t.testdir();
  const path = (name: string) => join(folder, name);
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  return { path, write, read: (name: string) => readFileSync(path(name), 'utf8') };
}

/** Two servers and a recording of these requests; by default the servers are those of the planted cases. */
export async function startPair(
  t: Pick<Test, 'testdir' | 'teardown'>,
  requests: readonly object[],
  fromBehaves: Behaviour | Handler = planted('from'),
  toBehaves: Behaviour | Handler = planted('to'),
) {
  const [from, to] = await originsFor(t, fromBehaves, toBehaves);
  const folder = makeFolder(t);
  const file = folder.write('calls.ndjson', ndjson(requests));
  // Latencies depend on the machine: parity-latency.test.ts simulates them.
  const gateways = ['--from', from.url, '--to', to.url, '--latency-factor', '0'];
  const run = (...args: readonly string[]) => call('parity', ...gateways, ...args, file);
  return { from, to, folder, file, gateways, run };
}

function planted(side: 'from' | 'to'): Handler {
  return (received, _, response) =>
    act(CASES[received.url.split('?')[0] ?? '']?.[side] ?? { body: 'ok' }, response);
}

/** Runs the tool as a process; `onStart` may write to its standard input or interrupt it. */
export async function spawnParity(
  args: readonly string[],
  onStart: (child: ChildProcessWithoutNullStreams) => Promise<unknown> = async () => {},
  nodeArgs: readonly string[] = [],
): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeArgs, `${ROOT}/cli/edge-gateway.js`, 'parity', ...args]);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), onStart(child)]);
  const [code] = await closed;
  return { code, out, err };
}

export type JsonReport = Summary & {
  readonly exchanges: readonly Exchange[];
  readonly interrupted: boolean;
};

/** `GET /a -> header x-b`, one for each difference, sorted. */
export function found(report: JsonReport): string[] {
  return report.exchanges
    .flatMap(({ method, target, differences }) =>
      differences.map(({ kind, name }) => `${method} ${target} -> ${kind}${name === '' ? '' : ` ${name}`}`),
    )
    .sort();
}

export function ndjson(requests: readonly object[]): string {
  return requests.map((request) => `${JSON.stringify(request)}\n`).join('');
}
