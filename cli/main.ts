/** `edge-gateway COMMAND`: all command-line tools. */
import { readFileSync } from 'node:fs';
import { createCommand, type Command } from './program.ts';

/** Only the requested command is loaded: loading all of them takes a second. */
const COMMANDS: readonly [name: string, summary: string, load: () => Promise<{ command: Command }>][] = [
  ['serve', 'serves a configuration on this machine', () => import('./serve/command.ts')],
  [
    'check',
    'says every fault of a configuration, or what the gateway makes of it',
    () => import('./check/command.ts'),
  ],
  ['build', 'writes the script that is pasted or deployed', () => import('./build/command.ts')],
  ['import-kong', "turns Kong's configuration into this gateway's", () => import('./import-kong/command.ts')],
  [
    'parity',
    'replays recorded requests against two gateways and reports what differs',
    () => import('./parity/command.ts'),
  ],
  ['simulate', 'compares policies of balancing in a simulated world', () => import('./simulate/command.ts')],
  ['hash-key', 'prints the SHA-256 of a key', () => import('./hash-key.ts')],
];

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export async function programFor([first, second]: readonly string[]): Promise<Command> {
  const program = createCommand('edge-gateway')
    .description('An API load balancer and gateway in one Cloudflare Worker, and what is run beside it.')
    .version(version);
  const asked = first === 'help' ? second : first;
  for (const [name, summary, load] of COMMANDS)
    program.addCommand((name === asked ? (await load()).command : createCommand(name)).summary(summary));
  return program;
}
