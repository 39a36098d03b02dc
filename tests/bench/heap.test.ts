/** The live heap tells a Worker that keeps what it gets from one that does not, and rejections that nobody catches are heard of. */
import t from 'tap';
import { startWatched } from '../../bench/heap.ts';
import { consoleLines } from '../../cli/serve/runtime-log.ts';

const REQUESTS = 100;

/** By how many bytes a script's live heap grows with so many requests, once it is warm; and what it logged. */
async function grownBy(script: string): Promise<[bytes: number, lines: string[]]> {
  const running = await startWatched(script, null);
  t.teardown(running.end);
  const send = async (): Promise<void> => {
    for (let sent = 0; sent < REQUESTS; sent++) await (await fetch(running.url)).text();
  };
  await send();
  const before = await running.liveBytes();
  await send();
  return [(await running.liveBytes()) - before, consoleLines(running.log())];
}

t.test('what is kept is seen, what is not kept is not', async (t) => {
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

t.test('a rejection that nobody catches is logged', async (t) => {
  const [, lines] = await grownBy(
    "addEventListener('fetch', (event) => { Promise.reject(new Error('planted')); event.respondWith(new Response('ok')); });",
  );
  t.equal(lines.length, 2 * REQUESTS);
  t.match(lines[0], /^unhandled rejection: Error: planted/);
});
