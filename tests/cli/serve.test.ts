import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { ROOT } from '../../cli/build/build.ts';
import { fillIn } from '../../cli/serve/fill-in.ts';
import { workerdPath } from '../../cli/workerd.ts';
import { runGateway } from '../support/command.ts';
import { startOrigin } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

async function portOf(said: string): Promise<number> {
  return Number(/listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
}

t.test(
  'npm run serve: configuration from the environment, forged addresses cut off, one JSON line a request',
  async (t) => {
    const origin = await startOrigin();
    t.teardown(origin.stop);
    const config = JSON.stringify({ origins: [origin.url], log: 'all', responseHeaders: { version: false } });
    const serve = runGateway(['serve', '--address', '127.0.0.1:0', '--processes', '2'], {
      GATEWAY_CONFIG: config,
    });
    t.teardown(() => serve.end('SIGKILL'));
    const port = await portOf(await serve.says('Ctrl-C ends it'));
    const answer = await rawRequest(port, {
      path: '/x',
      headers: [
        ['CF-Connecting-IP', '6.6.6.6'],
        ['CF-IPCountry', 'KP'],
      ],
    });
    t.equal(answer.status, 200);
    t.equal(origin.received[0]?.header('x-forwarded-for'), '127.0.0.1');
    t.equal(origin.received[0]?.header('cf-connecting-ip'), null);
    t.equal(answer.header('country'), null, 'no country is made up');
    t.notMatch(JSON.stringify(origin.received[0]?.headers), '6.6.6.6');
    const said = await serve.says('"status":200');
    const line = said.split('\n').find((one) => one.startsWith('{')) ?? '';
    t.equal((JSON.parse(line) as { method: string }).method, 'GET');
    for (let i = 0; i < 20; i++) t.equal((await rawRequest(port)).status, 200);
    t.equal(await serve.end('SIGTERM'), 0);
  },
);

t.test('npm run serve takes secrets of a configuration file from the environment', async (t) => {
  const filled = fillIn(
    { status: { token: '${TOKEN}' }, list: ['a ${TOKEN} b', 1, null] },
    { TOKEN: 'sesame' },
  );
  t.same(filled, { status: { token: 'sesame' }, list: ['a sesame b', 1, null] });
  t.throws(() => fillIn('${NOBODY}', {}), {
    message: 'Cannot serve: the environment must hold NOBODY, received nothing',
  });
});

t.test(
  'npm run serve: a port that is taken, a bad configuration and a bad address are one clear message each',
  async (t) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    t.teardown(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const said = async (args: string[], config = '{"origins":["https://a.example"]}') => {
      const serve = runGateway(['serve', ...args], { GATEWAY_CONFIG: config });
      t.equal(await serve.ended, 1);
      t.notMatch(serve.output(), /\n\s+at /);
      return serve.output();
    };
    t.equal(
      await said(['--address', `127.0.0.1:${port}`]),
      `Cannot serve: port ${port} is taken; choose another one with --address\n`,
    );
    t.match(
      await said(['--address', 'nonsense']),
      'Cannot serve: --address must be HOST:PORT with a port from 0 to 65535, received nonsense',
    );
    t.match(await said([], '{"orgins":[]}'), 'orgins: unknown key, did you mean "origins"?');
  },
);

t.test(
  'workerd.capnp alone serves too, as the systemd units start it: on a socket that was handed over',
  async (t) => {
    const origin = await startOrigin();
    t.teardown(origin.stop);
    const unit = readFileSync(`${ROOT}/examples/systemd/gateway@.service`, 'utf8');
    const [, ...args] = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    t.same(args, ['serve', 'workerd.capnp', '--socket-fd=http=3']);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const env = {
      ...process.env,
      GATEWAY_CONFIG: JSON.stringify({ origins: [origin.url], responseHeaders: false }),
    };
    const child = spawn(workerdPath('nov'), args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit', fd],
    });
    server.close();
    const gone = new Promise((resolve) => child.once('close', resolve));
    t.teardown(() => (child.kill('SIGKILL'), gone));
    t.equal((await rawRequest(port, { path: '/' })).status, 200);
  },
);
