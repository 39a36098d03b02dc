/** The live heap shows a leak, and unhandled rejections are logged. */
import t from 'tap';
import { startWatched } from '../../bench/heap.ts';
import { consoleLines } from '../../cli/serve/runtime-log.ts';

const REQUESTS = 100;

/** How many bytes the live heap grows during REQUESTS requests, once warm; and what the script logged. */
async function grownBy(script: string): Promise<[bytes: number, lines: string[]]> {
  const running = await startWatched(script, null);
  t.teardown(running.stop);
  const send = async (): Promise<void> => {
    for (let sent = 0; sent < REQUESTS; sent++) await (await fetch(running.url)).text();
  };
  await send();
  const before = await running.liveBytes();
  await send();
  return [(await running.liveBytes()) - before, consoleLines(running.log())];
}

t.test('retained objects count, dropped ones do not', async (t) => {
  const answer = "event.respondWith(new Response('ok'))";
  const [kept] = await grownBy(
    `const KEPT = []; addEventListener('fetch', (event) => { KEPT.push(new Array(1000).fill(KEPT.length + 0.5)); ${answer}; });`,
  );
  t.ok(kept > REQUESTS * 4000, `${kept} bytes more`);
  const [dropped, lines] = await grownBy(
    `addEventListener('fetch', (event) => { new Array(1000).fill(0.5); ${answer}; });`,
  );
  t.ok(dropped < REQUESTS * 1000, `${dropped} bytes more`);
  t.same(lines, []);
});

t.test('an unhandled rejection is logged', async (t) => {
  const [, lines] = await grownBy(
    "addEventListener('fetch', (event) => { Promise.reject(new Error('planted')); event.respondWith(new Response('ok')); });",
  );
  t.equal(lines.length, 2 * REQUESTS);
  t.match(lines[0], /^unhandled rejection: Error: planted/);
});
