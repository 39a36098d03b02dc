/** `edge-gateway serve`, and other servers, on ports that are free. */
import { createServer, type AddressInfo } from 'node:net';
import { runGateway } from '../support/command.ts';
import type { Tap } from '../support/origin.ts';

/** Its configuration is in the environment, or in a file from `args`. */
export async function startServe(t: Tap, args: readonly string[], env: Record<string, string> = {}) {
  const serve = runGateway(['serve', '--address', '127.0.0.1:0', ...args], env);
  t.teardown(() => serve.end('SIGTERM'));
  const output = await serve.says('Ctrl-C ends it');
  return { serve, port: Number(/listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]) };
}

/** A server that takes the port. */
export async function listen(t: Tap) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}
