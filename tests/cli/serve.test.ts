import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { programFor } from '../../cli/main.ts';
import { ROOT } from '../../cli/paths.ts';
import { createFolder } from '../../cli/serve/folder.ts';
import { createRuntimeLog } from '../../cli/serve/runtime-log.ts';
import { fillIn } from '../../cli/serve/fill-in.ts';
import { workerdPath } from '../../cli/workerd.ts';
import { runCommand } from '../support/command.ts';
import { originFor, originsFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import { until } from '../support/until.ts';
import { callProgram } from './call.ts';
import { listen, startServe } from './listening.ts';
import { stillRunning, treeOf } from './processes.ts';

t.test('serve removes forged addresses, logs a line per request, and waits for no hanging one', async (t) => {
  const origin = await originFor(t);
  const config = { origins: [origin.url], log: 'all', responseHeaders: false };
  const env = { GATEWAY_CONFIG: JSON.stringify(config) };
  const { serve, port } = await startServe(t, ['--processes', '2'], env);
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
  t.equal(answer.header('country'), null, 'no country is invented');
  t.notMatch(JSON.stringify(origin.received[0]?.headers), '6.6.6.6');
  const output = await serve.says('"status":200');
  const line = output.split('\n').find((one) => one.startsWith('{')) ?? '';
  t.equal((JSON.parse(line) as { method: string }).method, 'GET');
  for (let i = 0; i < 20; i++) t.equal((await rawRequest(port)).status, 200);
  origin.behave({ fault: 'hang' });
  const before = origin.received.length;
  const hanging = rawRequest(port).catch(() => null);
  await until(() => origin.received.length > before);
  t.equal(await serve.end('SIGINT'), 0);
  await hanging;
});

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

t.test('npm run serve: a port in use and an invalid configuration give one message each', async (t) => {
  const { port } = await listen(t);
  const serve = async (GATEWAY_CONFIG: string, ...args: string[]) =>
    callProgram(await programFor(['serve']), ['serve', ...args], { env: { GATEWAY_CONFIG } });
  t.same(await serve('{"origins":["https://a.example"]}', '--address', `127.0.0.1:${port}`), {
    code: 1,
    out: '',
    err: `Cannot serve: port ${port} is taken; choose another one with --address\n`,
  });
  const { code, err } = await serve('{"orgins":[]}');
  t.equal(code, 1);
  t.match(err, 'orgins: unknown key, did you mean "origins"?');
  t.notMatch(err, /\n\s+at /);
});

t.test('workerd serves workerd.capnp on an inherited socket, as the systemd units start it', async (t) => {
  const origin = await originFor(t);
  const unit = readFileSync(`${ROOT}/deploy/systemd/gateway@.service`, 'utf8');
  const [, ...args] = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
  t.same(args, ['serve', 'workerd.capnp', '--socket-fd=http=3']);
  const { path: cwd, remove } = createFolder({ origins: [origin.url] });
  t.teardown(remove);
  for (const [, file = ''] of unit.matchAll(/^# {3}(\S+\.(?:capnp|js|json)) /gm))
    t.ok(existsSync(join(cwd, file)), file);
  const { server, port } = await listen(t);
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const child = spawn(workerdPath('nov'), args, { cwd, stdio: ['ignore', 'inherit', 'inherit', fd] });
  server.close();
  const gone = new Promise((resolve) => child.once('close', resolve));
  t.teardown(() => (child.kill('SIGKILL'), gone));
  t.equal((await rawRequest(port, { path: '/' })).status, 200);
});

t.test('starts with a configuration of 10,000 consumers', async (t) => {
  const consumers = Array.from({ length: 10_000 }, (_, i) => ({
    id: `consumer-${i}`,
    credentials: [{ sha256: createHash('sha256').update(`key-${i}`).digest('hex') }],
  }));
  const origin = await originFor(t);
  const file = join(t.testdir(), 'gateway.json');
  writeFileSync(file, JSON.stringify({ origins: [origin.url], auth: {}, consumers }));
  const { port } = await startServe(t, ['--config', file]);
  const statusFor = async (key: string) => (await rawRequest(port, { headers: [['apikey', key]] })).status;
  t.equal(await statusFor('key-9999'), 200);
  t.equal(await statusFor('key-10000'), 401);
});

t.test('--watch applies a changed configuration; if it is invalid, the former one is kept', async (t) => {
  const [first, second] = await originsFor(t, { body: 'first' }, { body: 'second' });
  const file = join(t.testdir(), 'gateway.yaml');
  writeFileSync(file, `origins: [${first.url}]\n`);
  const { serve, port } = await startServe(t, ['--watch', '--config', file]);
  const body = async () => (await rawRequest(port)).body.toString();
  t.equal(await body(), 'first');
  writeFileSync(file, 'orgins: []\n');
  await serve.says('the former one is kept');
  t.match(serve.output(), 'did you mean "origins"?');
  t.equal(await body(), 'first');
  writeFileSync(file, `origins: [${second.url}]\n`);
  await serve.says('starting anew');
  // workerd restarts shortly after its files have changed.
  t.ok(await until(async () => (await body().catch(() => '')) === 'second'));
  t.equal(await serve.end('SIGTERM'), 0);
});

const SERVE = ['npm', 'run', 'serve', '--', '--address', '127.0.0.1:0'];
/** The command that npm starts: when it ends, npm ends too. */
const BARE = ['node', 'cli/edge-gateway.js', 'serve', '--address', '127.0.0.1:0'];
const START = ['npm', 'start', '--', '--port', '0', '--quiet'];
const NPX = ['npx', 'edge-gateway', 'serve', '--address', '127.0.0.1:0'];
const ENDED: [command: string[], signal: NodeJS.Signals, target: RegExp][] = [
  [SERVE, 'SIGTERM', /^npm/],
  [START, 'SIGTERM', /^npm/],
  [BARE, 'SIGTERM', /workerd serve/],
  // npx runs it in a shell, which ignores SIGINT.
  [NPX, 'SIGTERM', /^npm/],
  [NPX, 'SIGTERM', /^sh /],
];

for (const [command, signal, target] of ENDED)
  t.test(`${command.slice(0, 3).join(' ')}: ${signal} to ${target.source} ends all of it`, async (t) => {
    const [file = '', ...args] = command;
    const running = runCommand(file, args, { GATEWAY_CONFIG: '{"origins":["http://127.0.0.1:9"]}' });
    await running.says('Ctrl-C ends');
    const tree = treeOf(running.pid);
    const victim = tree.find(({ command: started }) => target.test(started));
    t.ok(victim, `${target.source} is one of ${tree.map(({ command: started }) => started).join('\n')}`);
    process.kill(victim?.pid ?? 0, signal);
    await running.ended;
    // A process that npm leaves behind ends within moments; on a busy machine it takes longer.
    await until(() => stillRunning(tree).length === 0);
    t.same(stillRunning(tree), []);
  });

t.test('an error of the runtime becomes one line that names the host', async (t) => {
  const output: string[] = [];
  const urls = ['http://127.0.0.1:9', 'https://no-such-host.invalid/keys', 'https://127.0.0.1:1'].map(
    (url) => new URL(url),
  );
  const log = createRuntimeLog(
    () => urls,
    (line) => output.push(`out ${line}`),
    (line) => output.push(`err ${line}`),
  );
  const lines = [
    'workerd/io/worker.c++:2171: info: console.log(); message() = ["{\\"status\\":200}"]',
    'workerd/jsg/util.c++:322: info: exception = rust/worker/ffi.rs:104: disconnected: Connection refused (os error 111)',
    'stack: /opt/workerd@2b5edc0 /opt/workerd@3fe4230',
    'workerd/jsg/util.c++:320: error: e = rust/worker/ffi.rs:104: failed: failed to lookup address information: Name or service not known',
    'workerd/jsg/util.c++:320: error: e = rust/worker/ffi.rs:104: failed: failed to lookup address information: Name or service not known',
    'stack: /opt/workerd@2b5edc0; sentryErrorContext = jsgInternalError; wdErrId = c5196djhi9ocr8pr1mtehgv7',
    'workerd/jsg/util.c++:320: error: e = rust/worker/ffi.rs:104: failed: TLS handshake failed: Connection reset by peer (os error 104)',
    '*** Fatal error: something else',
  ];
  lines.forEach(log);
  await until(() => output.length === 5);
  t.same(output.toSorted(), [
    'err *** Fatal error: something else',
    'err Cannot reach 127.0.0.1:9, 127.0.0.1:1: the connection is refused',
    'err Cannot reach no-such-host.invalid, 127.0.0.1:1: the TLS handshake failed: Connection reset by peer (os error 104)',
    'err Cannot reach no-such-host.invalid: the name does not resolve',
    'out {"status":200}',
  ]);
});
