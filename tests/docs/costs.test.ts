import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { MACHINES, costsCommand, machinesCost, workersCost } from '../../docs/generate/costs.ts';
import { callProgram } from '../cli/call.ts';

t.test("a month of Workers costs what Cloudflare's price list says", async (t) => {
  const total = (requests: number, cpuMs: number) =>
    Number(workersCost({ requests, cpuMs }).total.toFixed(2));
  t.equal(total(1e6, 2.2), 5, 'within the plan');
  t.equal(total(10e6, 3), 5, 'exactly the plan');
  t.equal(total(30e6, 1), 11);
  t.equal(total(30e6, 2.2), 11.72);
  t.equal(total(30e6, 7), 14.6);
  t.equal(total(300e6, 2.2), 104.6);
});

t.test('the free plan carries three million a month and no more', async (t) => {
  t.equal(workersCost({ requests: 3e6, cpuMs: 2 }).free, true);
  t.equal(workersCost({ requests: 3.1e6, cpuMs: 2 }).free, false);
  t.equal(workersCost({ requests: 1e6, cpuMs: 11 }).free, false, 'nor more than 10 ms of CPU');
});

t.test('machines are two, and upkeep is part of them', async (t) => {
  t.same(machinesCost({ vm: 70, hours: 4, hour: 60 }), { machines: 140, upkeep: 240, total: 380 });
});

t.test('the table in the runbook is what the tool prints today', async (t) => {
  const runbook = readFileSync(`${ROOT}/docs/migration.md`, 'utf8');
  const [, table] = /<!-- costs:[^>]*-->\n([\s\S]*?)\n?<!-- \/costs -->/.exec(runbook) ?? [];
  const { out } = await callProgram(costsCommand, []);
  const cells = (text: string | undefined) =>
    (text ?? '').replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ').trim();
  t.equal(cells(table), cells(out));
  t.match(runbook, `$${MACHINES.vm} each`, 'the assumption stands with the table');
  t.match(runbook, `at $${MACHINES.hour} for`);
});

t.test('a figure that is none is refused', async (t) => {
  t.match(await callProgram(costsCommand, ['--vm', 'many']), {
    code: 2,
    err: /--vm <usd>.* It must be a number from 0/,
  });
});
