/** The README's comparison with the peers is current. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { findAll } from '../../bench/probes.ts';
import { ROOT } from '../../cli/paths.ts';

t.test('every finding about the gateway and its peers holds', { timeout: 120_000 }, async (t) => {
  const written: unknown = JSON.parse(readFileSync(`${ROOT}/docs/peers.json`, 'utf8'));
  t.same(
    await findAll(),
    written,
    'run `npx node bench/probes.ts` and `npm run docs`, and commit what they write',
  );
});
