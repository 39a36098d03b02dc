import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { ASSUMED, costTable, costsCommand, workersCost } from '../../docs/generate/costs.ts';
import { callProgram } from '../cli/call.ts';

t.test("a month of Workers costs what Cloudflare's price list says", async (t) => {
  const total = (requests: number, cpuMs: number) => Number(workersCost(requests, cpuMs).total.toFixed(2));
  t.equal(total(1e6, 2.2), 5, 'within the plan');
  t.equal(total(10e6, 3), 5, 'exactly the plan');
  t.equal(total(30e6, 1), 11);
  t.equal(total(30e6, 2.2), 11.72);
  t.equal(total(30e6, 7), 14.6);
  t.equal(total(300e6, 2.2), 104.6);
});

t.test('the free plan includes three million a month', async (t) => {
  t.equal(workersCost(3e6, 2).free, true);
  t.equal(workersCost(3.1e6, 2).free, false);
  t.equal(workersCost(1e6, 11).free, false, 'nor more than 10 ms of CPU');
});

t.test('two machines, with their upkeep', async (t) => {
  const [, , row = ''] = costTable({ vm: 70, hours: 4, hour: 60, cpu: 2, requests: [30e6] }).split('\n');
  t.same(row.split(' | ').slice(-2), ['$140.00', '$380.00 |']);
});

t.test('the runbook states the assumptions next to the table', async (t) => {
  const runbook = readFileSync(`${ROOT}/docs/migration.md`, 'utf8');
  t.match(runbook, `$${ASSUMED.vm} each`);
  t.match(runbook, `at $${ASSUMED.hour} for`);
  t.equal((await callProgram(costsCommand, [])).out, `${costTable(ASSUMED)}\n`);
});

t.test('an invalid number is rejected', async (t) => {
  t.match(await callProgram(costsCommand, ['--vm', 'many']), {
    code: 2,
    err: /--vm <usd>.* It must be a number from 0/,
  });
});
