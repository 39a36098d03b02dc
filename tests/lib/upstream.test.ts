import t from 'tap';
import { outcomeOf } from '../../lib/upstream.ts';

t.test('what a status says of the origin', async (t) => {
  const table: [outcome: string, statuses: number[]][] = [
    ['ok', [101, 200, 204, 206, 301, 304, 400, 401, 404, 418, 499]],
    ['error', [500, 501, 505, 511, 519, 531, 599]],
    ['gateway', [502, 504]],
    ['shed', [429, 503]],
    ['timeout', [522, 524]],
    ['unsent', [521, 523, 525, 526, 530]],
    ['lost', [100, 103, 199, 520, 527, 529]],
  ];
  for (const [outcome, statuses] of table)
    for (const status of statuses) t.equal(outcomeOf(status), outcome, String(status));
});
