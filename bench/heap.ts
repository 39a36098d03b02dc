/**
 * A Worker whose live heap can be read: the size after a full garbage collection, to the kilobyte.
 *
 * The resident size of a process cannot distinguish a leak from V8's lazy collection: it grows by hundreds of megabytes
 * under load, whatever the script. The live heap of a script that retains nothing varies by a few kilobytes over
 * thousands of requests. A listener in front of the script collects (V8's `gc`, enabled by a flag); the inspector
 * reads, since the script itself cannot. Costs a pause of some milliseconds at each reading and nothing in between.
 * Unhandled rejections are logged. Rejected: HeapProfiler.collectGarbage, which workerd never answers.
 */
import { once } from 'node:events';
import { startWorkerd, workerdConfig, type Workerd } from '../cli/workerd.ts';
import { TELLS_REJECTIONS } from '../tests/support/rejections.ts';
import { freePort } from './processes.ts';

export interface Watched extends Workerd {
  /** Live bytes after a collection: V8's objects, the runtime's, and buffers. */
  readonly liveBytes: () => Promise<number>;
}

const COLLECTOR = `addEventListener('fetch', (event) => {
  if (!event.request.headers.has('x-collect-garbage')) return;
  event.stopImmediatePropagation();
  gc();
  event.respondWith(new Response(null));
});
`;

/** Serves a plain script with this GATEWAY_CONFIG; null if absent. */
export async function startWatched(script: string, config: unknown): Promise<Watched> {
  const inspector = await freePort();
  const served = await startWorkerd(
    {
      'worker.js': TELLS_REJECTIONS + COLLECTOR + script,
      'config.capnp': workerdConfig({ config, v8Flags: ['--expose-gc'] }),
    },
    { args: [`--inspector-addr=127.0.0.1:${inspector}`] },
  );
  const liveBytes = async (): Promise<number> => {
    const collected = await fetch(served.url, { headers: { 'x-collect-garbage': '1' } });
    if (!collected.ok) throw new Error(`Cannot collect garbage: received ${collected.status}`);
    return readHeap(inspector);
  };
  return { ...served, liveBytes };
}

/** One query to workerd's inspector. */
async function readHeap(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
  await once(socket, 'open');
  socket.send('{"id":1,"method":"Runtime.getHeapUsage"}');
  for (;;) {
    const [{ data }] = (await once(socket, 'message')) as [MessageEvent<string>];
    const { id, result } = JSON.parse(data) as { id?: number; result: Record<string, number> };
    if (id !== 1) continue;
    socket.close();
    return result['usedSize']! + result['embedderHeapUsedSize']! + result['backingStorageSize']!;
  }
}
