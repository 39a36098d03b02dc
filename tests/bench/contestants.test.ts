/** Every contestant handles the bench's requests; nothing here asserts speed. */
import t from 'tap';
import { CONTESTANTS, startContestant } from '../../bench/contestants.ts';
import { startOrigins } from '../../bench/processes.ts';
import { sendBurst, type Burst } from '../../bench/load.ts';
import { cpuMicros, residentMb } from '../../bench/machine.ts';

t.test('every contestant forwards a GET of JSON and a POST of 10 KB', async (t) => {
  const origins = await startOrigins();
  t.teardown(origins.stop);
  for (const contestant of CONTESTANTS) {
    const { name, headers, streams } = contestant;
    const running = await startContestant(contestant, origins);
    t.teardown(running.stop);
    const got = await fetch(`${running.url}/json`, { headers });
    t.same([got.status, await got.text()], [200, '{"message":"hello, world!"}'], `${name}: GET`);
    const posted = await fetch(`${running.url}/echo`, { method: 'POST', body: 'x'.repeat(10_000), headers });
    t.equal(posted.status, 200, `${name}: POST`);
    const text = await posted.text();
    if (streams) t.equal(text, '{"bytes":10000}', `${name}: POST whole`);
    if (streams)
      t.equal(
        (await (await fetch(`${running.url}/mega`, { headers })).arrayBuffer()).byteLength,
        1_000_000,
        `${name}: 1 MB`,
      );
    t.ok(cpuMicros(running.pid) > 0, `${name}: CPU time is read`);
    t.ok(residentMb(running.pid) > 1, `${name}: memory is read`);
  }
});

t.test('a burst is bounded and counts failures', async (t) => {
  const origins = await startOrigins();
  t.teardown(origins.stop);
  const burst: Burst = {
    connections: 2,
    seconds: 1,
    amount: 20,
    path: '/echo',
    method: 'POST',
    body: 'a "quoted"\nbody',
    headers: { 'x-key': 'a"b' },
  };
  const good = await sendBurst(origins, burst);
  t.match(good, { requests: 20, failures: 0 });
  t.ok(good.cpu > 0);
  const refused = { connections: 1, seconds: 1, amount: 5, path: '/verify?key=bad' };
  t.match(await sendBurst(origins, refused), { requests: 5, failures: 5 });
});

t.test('the origin counts its requests', async (t) => {
  const origins = await startOrigins();
  t.teardown(origins.stop);
  for (const url of origins.urls) await fetch(`${url}/json`);
  t.equal(await (await fetch(`${origins.url}/count`)).text(), '2');
  t.equal(await (await fetch(`${origins.url}/count`)).text(), '0');
});
