/** `edge-gateway COMMAND`: everything that people run beside the Worker. */
import { readFileSync } from 'node:fs';
import { buildCommand } from './build/command.ts';
import { checkCommand } from './check/command.ts';
import { hashKeyCommand } from './hash-key.ts';
import { createCommand } from './program.ts';
import { serveCommand } from './serve/command.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = createCommand('edge-gateway')
  .description('An API load balancer and gateway in one Cloudflare Worker, and what is run beside it.')
  .version(version)
  .addCommand(serveCommand)
  .addCommand(checkCommand)
  .addCommand(buildCommand)
  .addCommand(hashKeyCommand);

// These read their own options.
const OTHERS = [
  ['import-kong', "turns Kong's configuration into this gateway's", () => import('./import-kong/command.ts')],
  ['parity', 'replays recorded requests against two gateways', () => import('./parity/command.ts')],
  ['simulate', 'compares policies of balancing in a simulated world', () => import('./simulate/command.ts')],
] as const;
for (const [name, what, load] of OTHERS) {
  program
    .command(name)
    .description(what)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.argv.splice(2, 1);
      await load();
    });
}

await program.parseAsync();
