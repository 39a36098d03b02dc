/** What the repository promises beside its tests; each is an npm script, so that it can be run alone. */
import t from 'tap';
import { runShell } from '../support/command.ts';

t.test('types, lint, format and the built files', async (t) => {
  for (const script of ['types', 'lint', 'format:check', 'build -- --check']) {
    const { code, output } = await runShell(`npm run --silent ${script} 2>&1`);
    t.equal(code, 0, `npm run ${script}`, { diff: output });
  }
});
