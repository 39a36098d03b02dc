/**
 * A Worker whose live heap can be read: the size after a full garbage collection, to the kilobyte.
 *
 * The resident size of a process cannot distinguish a leak from V8's lazy collection: it grows by hundreds of megabytes
 * under load, whatever the script. The live heap of a script that retains nothing varies by a few kilobytes over
 * thousands of requests. A listener in front of the script collects (V8's `gc`, enabled by a flag); the inspector
 * reads, since the script itself cannot. Costs a pause of some milliseconds at each reading and nothing in between.
 * Unhandled rejections are logged. Rejected: HeapProfiler.collectGarbage, which workerd never answers.
 */
import { WebSocket } from 'ws';
import { TELLS_REJECTIONS } from '../tests/support/rejections.ts';
import { startWorkerd, workerdConfig } from '../cli/workerd.ts';
import { freePort, type Running } from './processes.ts';

export interface Watched extends Running {
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
  return { url: served.url, pid: served.pid, complaints: served.log, end: served.stop, liveBytes };
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  readonly backingStorageSize: number;
}

/** One query to workerd's inspector. */
async function readHeap(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
  try {
    const told = await new Promise<{ result: HeapUsage }>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send('{"id":1,"method":"Runtime.getHeapUsage"}'));
      socket.on('message', (text: Buffer) => {
        const message = JSON.parse(String(text)) as { id?: number; result: HeapUsage };
        if (message.id === 1) resolve(message);
      });
    });
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = told.result;
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  } finally {
    socket.close();
  }
}
