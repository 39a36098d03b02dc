import t from 'tap';
import { runShell } from '../support/command.ts';

t.test('a command that cannot be understood is one line and exit code 2', async (t) => {
  const commands = [
    'tools/start.ts',
    'tools/serve.ts',
    'tools/import-kong.ts',
    'tools/simulate.ts',
    'bench/run.ts',
    'build.mjs',
  ];
  for (const command of commands) {
    const { code, output } = await runShell(`node ${command} --nonsense 2>&1`);
    t.equal(code, 2, command);
    t.equal(output.trim(), "Cannot understand the command: Unknown option '--nonsense'", command);
  }
});
